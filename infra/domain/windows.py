"""Windows of traffic, and what was measured in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ColumnRole = Literal["feature", "prediction", "picture", "embedding"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnDrift:
    """Drift of one column. `score` is what `method` measures; `p_value` is None for a distance.

    `effect` is the size of the shift, comparable over columns and sample sizes: the Kolmogorov-Smirnov
    distance for numbers, the total variation distance for categories, both in 0..1.
    `drifted` is keepsharp's verdict: significant after false-discovery control AND large enough. `weight` is how
    much the model uses the column: 1 on the mean over the features, 0 for one that it does not use.
    """

    column: str
    role: ColumnRole
    method: str
    score: float
    threshold: float
    p_value: float | None
    effect: float
    drifted: bool
    weight: float = 1.0


QualityKind = Literal["missing", "new_categories", "range", "type", "constant", "duplicates", "stale"]


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityFinding:
    """Something wrong with the data of a window itself. `column` is None where it concerns whole rows."""

    column: str | None
    kind: QualityKind
    share: float
    """Of the rows, 0..1."""
    text: str
    serious: bool = False
    """Large enough, beyond being no chance, to be worth a person's while by itself."""


def weighed_share(features: Iterable[tuple[float, bool]]) -> float:
    """Share of the weights, 0..1, that belongs to drifted ones; 0.0 without any weight.

    >>> weighed_share([(3.0, True), (1.0, False)]), weighed_share([])
    (0.75, 0.0)
    """
    total = drifted = 0.0
    for weight, moved in features:
        total += weight
        drifted += weight if moved else 0.0
    return drifted / total if total > 0.0 else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftReport:
    """Inputs or answers moved: evidence, not a verdict about accuracy."""

    reference_rows: int
    current_rows: int
    columns: tuple[ColumnDrift, ...]
    unknown_categories: int = 0
    not_judged: Mapping[str, str] | None = None
    """Columns that could not be compared, each with the reason."""
    sampled: str = ""
    """What sample was compared and how far off that may be, in words; nothing when all rows were."""
    quality: tuple[QualityFinding, ...] = ()

    @property
    def drifted_share(self) -> float:
        """Share of the judged feature columns that drifted, by their weights, 0..1; 0.0 when none was judged."""
        return weighed_share((one.weight, one.drifted) for one in self.columns if one.role != "prediction")


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftGlance:
    """How far each column of one window moved, without the statistics: enough to see many windows at once."""

    index: int
    effects: Mapping[str, float]
    """By column, 0..1, in the order of the report; answers, pictures and embeddings included."""
    drifted: frozenset[str]
    """The columns that keepsharp calls drifted."""
    share: float
    """`DriftReport.drifted_share`."""


def glance_at(index: int, report: DriftReport) -> DriftGlance:
    """What is seen of a report from afar."""
    return DriftGlance(
        index=index,
        effects={column.column: column.effect for column in report.columns},
        drifted=frozenset(column.column for column in report.columns if column.drifted),
        share=report.drifted_share,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceScore:
    """The headline metric on one slice of a window; `low` and `high` bound it with confidence 1 - alpha."""

    column: str
    value: str
    rows: int
    score: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WeakSlice:
    """A group of rows, found by itself, where the answers are worse than elsewhere; `confirmed` on later rows."""

    where: str
    """In words that a person can check: `temperature > 71.5 and shift = night`."""
    rows: int
    score: float
    elsewhere: float
    p_value: float
    confirmed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedbackReport:
    """How healthy the labels of a window are. Unknown figures are None, never 0."""

    labelled: int
    delay_median_seconds: float | None
    """From the event time of the prediction to that of its label."""
    delay_p90_seconds: float | None
    disagreements: int
    """Labels that contradicted an earlier one."""
    sources: Mapping[str, int]
    one_sided: str = ""
    """Why the labels do not stand for all rows, in words; nothing when they seem to."""
    audited: int = 0
    """Labelled rows that were drawn at random and asked for."""
    suspects: int = 0
    """Labels that look wrong (confident learning)."""
    quarantined: int = 0


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
    weak: tuple[WeakSlice, ...] = ()
    biased: str = ""
    """Why the figure does not stand for all rows, in words."""
    note: str = ""
    """For an estimate: what it cannot see, and whether it is muted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """What models that did not answer would have reached on `rows` labelled rows of a window, drawn evenly.

    Figures are in the metric of the window's performance. A model that cannot be asked has None, and `note` says why.
    """

    rows: int
    served: float
    """What was answered, on the same rows."""
    first: float | None
    """The first champion, frozen as it was."""
    simple: float | None
    """The frozen simple model."""
    note: str = ""


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
    estimate: PerformanceReport | None = None
    """What accuracy was thought to be before the labels came; kept to be audited by them."""
    feedback: FeedbackReport | None = None
    note: str = ""
    """Why something is missing, in words: `not enough data (8 of 30)`."""
    report: str | None = None
    """Where Evidently's own page for this window is kept, relative to the artifact folder."""
    beside: Beside | None = None
    """None until it is measured, and where no row has a label."""
