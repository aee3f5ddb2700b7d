"""Does a weak slice deserve a person's attention? Only one that later rows confirmed. It finds none itself."""

from __future__ import annotations

from infra.domain.decisions import Champion
from infra.domain.windows import Window
from monitoring.rules import Breach, Judgement

WEAK_SLICE = "weak_slice"


def judge_weak_slices(window: Window, champion: Champion) -> Judgement:
    """Breached while a confirmed slice is weak. Ask once a measured window.

    It is of severity `info`: nearly every model has rows that are harder than others. A window that was not measured,
    or that the champion did not answer alone, says nothing.
    """
    report = window.performance
    if report is None or window.versions != (champion.version,):
        return Judgement()
    found = sorted((one for one in report.weak if one.confirmed), key=lambda one: one.p_value)
    if not found:
        return Judgement(judged=frozenset({WEAK_SLICE}))
    worst = found[0]
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    breach = Breach(
        rule=WEAK_SLICE,
        severity="info",
        dedup_key=f"{window.model}:{WEAK_SLICE}",
        message=(
            f"Where {worst.where}: {report.metric} {worst.score:.4g} on {worst.rows} labelled rows, "
            f"{worst.elsewhere:.4g} elsewhere; found on earlier rows and confirmed on these.{more}"
        ),
        evidence={
            "where": worst.where,
            "rows": worst.rows,
            "score": worst.score,
            "elsewhere": worst.elsewhere,
            "p_value": worst.p_value,
            "slices": len(found),
            "version": champion.version,
            "window": window.index,
            "last_seq": window.last_seq,
            "report": window.report,
        },
    )
    return Judgement(breaches=(breach,), judged=frozenset({WEAK_SLICE}))
