"""What rows that were drawn at random and asked for say of all rows. Who draws them and asks is not its matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from infra.domain.labelling import Audit
from infra.domain.predictions import Answered
from infra.domain.windows import PerformanceReport
from infra.spec import ModelSpec
from monitoring.intervals import headline
from monitoring.performance import losses_of

FEW_ANSWERS = 0.8
"""Share of the asked rows below which the missing answers are said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditedAccuracy:
    """The headline metric over all rows, with confidence 1 - alpha.

    `audited` labels came of `asked`; they speak for all rows but the `known` ones, whose labels were there before
    anybody asked.
    """

    value: float
    low: float
    high: float
    audited: int
    asked: int
    known: int


def audited_rows(rows: Sequence[Answered], audits: Mapping[str, Audit]) -> list[Answered]:
    """Labelled rows that were drawn at random and asked for, wherever their labels came from."""
    return [
        row
        for row in rows
        if row.label is not None and (audit := audits.get(row.prediction.id)) is not None and audit.random
    ]


def audited_accuracy(rows: Sequence[Answered], audits: Mapping[str, Audit], spec: ModelSpec) -> AuditedAccuracy | None:
    """The accuracy (or MAE) of all `rows`, from the random slice; None with fewer than `minimum_rows` of its labels.

    Post-stratified (Holt and Smith 1979): labels that were there when the slice was drawn are known and stand for
    themselves, the slice stands for all other rows. Labels that came afterwards by themselves are left out, since
    rows of their kind were in the draw.
    """
    audited = audited_rows(rows, audits)
    asked = [audit for row in rows if (audit := audits.get(row.prediction.id)) is not None and audit.random]
    if len(audited) < spec.monitoring.minimum_rows:
        return None
    known = _known_before(rows, audits, min(audit.asked_at for audit in asked))
    value, low, high = headline(losses_of(audited, spec), spec)
    weight = 1.0 - len(known) / len(rows)
    sure = (1.0 - weight) * headline(losses_of(known, spec), spec)[0] if len(known) > 1 else 0.0
    if len(known) <= 1:
        weight = 1.0
    return AuditedAccuracy(
        value=sure + weight * value,
        low=sure + weight * low,
        high=sure + weight * high,
        audited=len(audited),
        asked=len(asked),
        known=len(known),
    )


def _known_before(rows: Sequence[Answered], audits: Mapping[str, Audit], drawn_at: datetime) -> list[Answered]:
    return [
        row for row in rows if row.label is not None and row.prediction.id not in audits and row.label.time < drawn_at
    ]


def corrected_performance(
    report: PerformanceReport, rows: Sequence[Answered], audits: Mapping[str, Audit], bias: str, spec: ModelSpec
) -> PerformanceReport:
    """The report as it may be shown where the labels are one-sided: its headline metric from the random slice, or
    marked as biased where the slice is too small. Without a bias it stays as it is.

    Slices and the figures beside the headline metric still describe the rows that have labels, and the note says so.
    """
    if not bias:
        return report
    found = audited_accuracy(rows, audits, spec)
    if found is None:
        return replace(report, biased=bias)
    few = "" if found.audited >= FEW_ANSWERS * found.asked else f" of {found.asked} asked for, the others may differ"
    note = (
        f"{report.metric} from {found.audited} labels drawn at random{few} and {found.known} known before, because "
        f"{bias}; on all labels it is {report.value:.4g}, and so are the figures beside it"
    )
    return replace(report, value=found.value, low=found.low, high=found.high, note=_joined(report.note, note))


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))
