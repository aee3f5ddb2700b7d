"""What `window.html` is given: the figures of one window arranged for reading. It reads no port and writes no HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infra.display.scale import Scale
from infra.display.wording import Metric, figure
from infra.domain.windows import FeedbackReport, PerformanceReport, SliceScore
from services.dashboard.distribution import draw_distribution
from services.dashboard.scene import estimated, measured
from services.dashboard.trends import percent, span
from services.dashboard.window_page import WindowStory

SPAN_WIDTH = 150
_NAMES = {
    "f1": "F1",
    "auc": "Area under the ROC curve",
    "brier": "Brier score",
    "ece": "Calibration error (ECE)",
    "balanced_accuracy": "Balanced accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "log_loss": "Log loss",
    "rmse": "Root mean squared error",
    "r2": "R²",
    "bias": "Bias: mean of answer less truth",
    "interval_coverage": "Truth within the promised interval",
}
_SHARES = frozenset({"interval_coverage", "balanced_accuracy", "precision", "recall"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceRow:
    """A slice with its interval as a picture: places in pixels of SPAN_WIDTH, None where nothing is known."""

    score: SliceScore
    at: float
    low: float | None
    high: float | None
    whole: float
    gap: float
    """By how much it is worse than the window; negative where it is better."""


def window_view(story: WindowStory) -> dict[str, object]:
    """The page of a window."""
    window, found = story.window, measured(story.window)
    return {
        "window": window,
        "newest": story.newest,
        "metric": story.metric,
        "found": found,
        "estimate": estimated(window),
        "accepted": story.accepted,
        "beside": window.beside,
        "alerts": story.alerts,
        "columns": story.columns,
        "drifted": sum(column.drifted for column in story.columns),
        "chosen": story.chosen,
        "drawn": draw_distribution(story.shape) if story.shape is not None else None,
        "no_shape": story.no_shape,
        "floor": story.floor,
        "slices": slice_rows(found, story.metric) if found is not None else [],
        "span_width": SPAN_WIDTH,
        "others": other_figures(found) if found is not None else [],
        "labels": label_figures(window.feedback, window.rows, found),
    }


def slice_rows(found: PerformanceReport, metric: Metric) -> list[SliceRow]:
    """The slices, the worst first, on one scale with the whole window."""
    ends = [end for one in found.slices for end in (one.low, one.high, one.score) if end is not None]
    scale = Scale(low=min([*ends, found.value]), high=max([*ends, found.value]), start=4, end=SPAN_WIDTH - 4)
    sign = 1.0 if metric == "accuracy" else -1.0
    rows = [
        SliceRow(
            score=one,
            at=scale.place(one.score),
            low=None if one.low is None else scale.place(one.low),
            high=None if one.high is None else scale.place(one.high),
            whole=scale.place(found.value),
            gap=sign * (found.value - one.score),
        )
        for one in found.slices
    ]
    return sorted(rows, key=lambda row: (-row.gap, row.score.column, row.score.value))


def other_figures(found: PerformanceReport) -> list[tuple[str, str]]:
    """(name, figure) of what else was measured, names known here first."""
    known = [name for name in _NAMES if name in found.others]
    rest = sorted(name for name in found.others if name not in _NAMES)
    return [
        (_NAMES.get(name, name.replace("_", " ")), percent(value) if name in _SHARES else figure(float(value)))
        for name in (*known, *rest)
        for value in (found.others[name],)
    ]


def label_figures(report: FeedbackReport | None, rows: int, found: PerformanceReport | None) -> list[tuple[str, str]]:
    """(name, figure) of the labels of a window; nothing while none are known."""
    return list(_label_figures(report, rows)) if report is not None else list(_coverage(found))


def _coverage(found: PerformanceReport | None) -> Iterable[tuple[str, str]]:
    if found is not None and found.rows:
        yield "Labels", f"{found.labelled:,} of {found.rows:,} rows ({percent(found.labelled / found.rows)})"


def _label_figures(report: FeedbackReport, rows: int) -> Iterable[tuple[str, str]]:
    yield "Labels", f"{report.labelled:,} of {rows:,} rows ({percent(report.labelled / rows if rows else 0.0)})"
    if report.delay_median_seconds is not None:
        yield "Half of them came within", span(report.delay_median_seconds)
    if report.delay_p90_seconds is not None:
        yield "Nine of ten came within", span(report.delay_p90_seconds)
    if report.sources:
        yield "From", ", ".join(f"{name} {count:,}" for name, count in sorted(report.sources.items()))
    if report.audited:
        yield "Asked for at random", f"{report.audited:,}"
    yield "Contradict an earlier one", f"{report.disagreements:,}"
    if report.suspects:
        yield "Look wrong", f"{report.suspects:,}"
    if report.quarantined:
        yield "Held back", f"{report.quarantined:,}"
