"""Windows of traffic, and what was measured in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ColumnRole = Literal["feature", "prediction", "picture"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnDrift:
    """Drift of one column. `score` is what `method` measures; `p_value` is None for a distance.

    `effect` is the size of the shift, comparable over columns and sample sizes: the Kolmogorov-Smirnov
    distance for numbers, the total variation distance for categories, both in 0..1.
    `drifted` is keepsharp's verdict: significant after false-discovery control AND large enough.
    """

    column: str
    role: ColumnRole
    method: str
    score: float
    threshold: float
    p_value: float | None
    effect: float
    drifted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftReport:
    """Inputs or answers moved: evidence, not a verdict about accuracy."""

    reference_rows: int
    current_rows: int
    columns: tuple[ColumnDrift, ...]
    unknown_categories: int = 0
    not_judged: Mapping[str, str] | None = None
    """Columns that could not be compared, each with the reason."""

    @property
    def drifted_share(self) -> float:
        """Share of the judged feature columns that drifted, 0..1; 0.0 when none was judged."""
        features = [column for column in self.columns if column.role != "prediction"]
        return sum(column.drifted for column in features) / len(features) if features else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceScore:
    """The headline metric on one slice of a window."""

    column: str
    value: str
    rows: int
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PerformanceReport:
    """How right the answers of a window were.

    `metric` is `accuracy` (higher is better) or `mae` (lower is better); `low` and `high` bound it with
    confidence 1 - alpha. `labelled / rows` is the label coverage. `others` holds further figures by their
    usual names (f1, brier, ece, auc, rmse, r2, bias); one that cannot be computed is absent, never 0.
    """

    kind: Literal["measured", "estimated"]
    metric: Literal["accuracy", "mae"]
    value: float
    low: float
    high: float
    rows: int
    labelled: int
    confident_errors: int
    slices: tuple[SliceScore, ...]
    others: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A bounded sample of answered traffic: arrivals `first_seq..last_seq`, both included.

    `start` and `end` are the event times it spans. It is `provisional` until its labels are due, then
    `final`. `versions` are the model versions that answered in it.
    """

    model: str
    index: int
    first_seq: int
    last_seq: int
    start: datetime
    end: datetime
    rows: int
    versions: tuple[int, ...]
    state: Literal["provisional", "final"]
    drift: DriftReport | None = None
    performance: PerformanceReport | None = None
    note: str = ""
    """Why something is missing, in words: `not enough data (8 of 30)`."""
    report: str | None = None
    """Where Evidently's own page for this window is kept, relative to the artifact folder."""
