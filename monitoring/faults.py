"""Which findings about the data of a window are faults worth telling, and how much of its drift they explain.

It knows nothing of alerts: `monitoring.quality_rules` tells the faults, `monitoring.rules` what drifted beyond them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from infra.domain.windows import ColumnDrift, DriftReport, QualityFinding


def faults_of(drift: DriftReport) -> tuple[QualityFinding, ...]:
    """The serious findings about the inputs, those of most rows first. Answers have no faults: they drift.

    Rows also repeat because columns stand still or have no values: repeats in no more rows than that are no fault.
    """
    answers = {column.column for column in drift.columns if column.role == "prediction"}
    serious = [finding for finding in drift.quality if finding.serious and finding.column not in answers]
    of_columns = sum(finding.share for finding in serious if finding.column is not None)
    faults = (finding for finding in serious if finding.kind != "duplicates" or finding.share > of_columns)
    return tuple(sorted(faults, key=lambda finding: -finding.share))


def beyond_faults(drift: DriftReport, *, least_effect: float) -> DriftReport:
    """The report without the columns whose shift faults explain.

    Where a share of the rows is at fault, distributions move by no more than that share, whichever way it is measured
    (distance of Kolmogorov and Smirnov, total variation): only a column that moved by `least_effect` more has drifted
    as well. The network's own view is moved by the faults of all columns together.
    """
    shares: dict[str | None, float] = {}
    for fault in faults_of(drift):
        if fault.kind != "stale":  # times are no column
            shares[fault.column] = shares.get(fault.column, 0.0) + fault.share
    return replace(drift, columns=tuple(one for one in drift.columns if not _is_explained(one, shares, least_effect)))


def _is_explained(column: ColumnDrift, shares: Mapping[str | None, float], least_effect: float) -> bool:
    if column.role == "prediction":
        return False
    own = sum(shares.values()) if column.role == "embedding" else shares.get(column.column, 0.0) + shares.get(None, 0.0)
    return own > 0.0 and column.effect < own + least_effect
