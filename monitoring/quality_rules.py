"""Does the data of a window itself deserve a person's attention? It finds no fault itself (`monitoring.quality`)."""

from __future__ import annotations

from infra.domain.windows import QualityFinding, Window
from monitoring.faults import faults_of
from monitoring.rules import Breach, Judgement

DATA_QUALITY = "data_quality"
_MOST_TEXTS = 5
_ROWS = {"duplicates": "repeated rows", "stale": "timestamps"}
"""What a fault of whole rows is called."""


def judge_quality(window: Window) -> Judgement:
    """Breached by serious faults: values missing, unreadable, far out of range or stuck, rows repeated or stale.

    Ask once a window. Values nearer to the range are told as drift, categories never seen by the rule about them. A
    window that was not compared says nothing.
    """
    drift = window.drift
    if drift is None:
        return Judgement()
    judged = frozenset({DATA_QUALITY})
    faults = faults_of(drift)
    if not faults:
        return Judgement(judged=judged)
    told = " ".join(f"{fault.text}." for fault in faults[:_MOST_TEXTS])
    more = f" And {len(faults) - _MOST_TEXTS} more." if len(faults) > _MOST_TEXTS else ""
    count = "A fault" if len(faults) == 1 else f"{len(faults)} faults"
    breach = Breach(
        rule=DATA_QUALITY,
        severity="warning",
        dedup_key=f"{window.model}:{DATA_QUALITY}",
        message=f"{count} in the data of {window.rows} rows. {told}{more}",
        evidence={
            "faults": len(faults),
            "largest_share": faults[0].share,
            "window": window.index,
            "last_seq": window.last_seq,
            "report": window.report,
        },
        named=tuple(dict.fromkeys(_name(fault) for fault in faults)),
    )
    return Judgement(breaches=(breach,), judged=judged)


def _name(fault: QualityFinding) -> str:
    return fault.column if fault.column is not None else _ROWS[fault.kind]
