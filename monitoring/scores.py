"""The headline metric of a window of any size, from losses that were counted in parts: exactly that of all its rows.

Counts are whole numbers and sums are not rounded (`monitoring.exact_sums`), so that the parts and their order change
nothing. Figures that need every row at once are not its matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infra.domain.windows import PerformanceReport
from infra.spec import ModelSpec
from monitoring.exact_sums import ExactSum
from monitoring.intervals import wilson
from monitoring.profiles import sampling_error

_WILDEST = 1e150
"""A larger error counts as so much where errors are squared, for the interval: its square would be no number."""


@dataclass(kw_only=True)
class ScoreTally:
    """Labelled rows and their losses: 1 for a wrong class and 0 for a right one, or |answer - truth|."""

    labelled: int = 0
    wrong: int = 0
    confident_errors: int = 0
    _sum: ExactSum = field(default_factory=ExactSum)
    _squares: ExactSum = field(default_factory=ExactSum)

    def add(self, losses: NDArray[np.float64], *, confident_errors: int = 0) -> None:
        """Count further labelled rows."""
        self.labelled += len(losses)
        self.wrong += int((losses != 0.0).sum())
        self.confident_errors += confident_errors
        self._sum.add(losses)
        self._squares.add(np.minimum(losses, _WILDEST) ** 2)

    def merge(self, other: ScoreTally) -> None:
        """Add what was counted elsewhere."""
        self.labelled += other.labelled
        self.wrong += other.wrong
        self.confident_errors += other.confident_errors
        self._sum.merge(other._sum)
        self._squares.merge(other._squares)

    def headline(self, spec: ModelSpec) -> tuple[float, float, float]:
        """(value, low, high) of the headline metric with confidence 1 - alpha, of at least two rows.

        As `monitoring.intervals.headline`; for numbers within rounding of it.
        """
        alpha = spec.monitoring.alpha
        if spec.task == "classification":
            right = self.labelled - self.wrong
            return right / self.labelled, *wilson(right, self.labelled, alpha)
        total, squares = self._sum.value, self._squares.value
        mean = float(total / self.labelled)
        variance = max(0.0, float((squares - total * total / self.labelled) / (self.labelled - 1)))
        reach = float(stats.t.isf(alpha / 2, self.labelled - 1)) * sqrt(variance / self.labelled)
        return mean, max(0.0, mean - reach), mean + reach


def of_all_rows(report: PerformanceReport, tally: ScoreTally, spec: ModelSpec, *, rows: int) -> PerformanceReport:
    """The report of rows that were drawn from a window of `rows`, its headline metric and counts those of all rows.

    `tally` has all that are labelled. The other figures stay those of the rows drawn, and the note says so.
    """
    value, low, high = tally.headline(spec)
    note = (
        f"{report.metric} from all {tally.labelled:,} labels; the figures beside it, slices and labels from "
        f"{report.labelled:,} of them, drawn evenly: a share may be off by {sampling_error(report.labelled):.4f} (with "
        "95% confidence)"
    )
    return replace(
        report,
        value=value,
        low=low,
        high=high,
        rows=rows,
        labelled=tally.labelled,
        confident_errors=tally.confident_errors,
        note="; ".join(filter(None, (report.note, note))),
    )
