"""What the headline metric did around an alert, small enough to stand beside its figures. It writes no SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.display.scale import Scale, value_ticks
from infra.display.wording import Metric, interval, level, metric_name, moment
from infra.domain.windows import PerformanceReport, Window

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360, 160, 52, 10, 10, 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Stroke:
    """One window: its middle, the ends of its interval, and words."""

    x: float
    y: float
    top: float
    bottom: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """Pixels of a WIDTH × HEIGHT picture. `standing` are left and width of the time that the alert stood."""

    strokes: tuple[Stroke, ...]
    line: str
    ticks: tuple[tuple[float, str], ...]
    ends: tuple[str, str]
    standing: tuple[float, float]
    accepted: float | None
    limit: float | None
    summary: str


def draw_around(
    windows: Sequence[Window],
    metric: Metric,
    *,
    opened: datetime,
    until: datetime,
    accepted: float | None,
    limit: float | None,
) -> Around | None:
    """The picture of the windows that were measured, oldest first; None when fewer than two were."""
    measured = [one for one in windows if one.performance is not None and one.performance.kind == "measured"]
    if len(measured) < 2:
        return None
    figures = [one.performance for one in measured if one.performance is not None]
    lines = [value for value in (accepted, limit) if value is not None]
    low = min([one.low for one in figures] + lines)
    high = max([one.high for one in figures] + lines)
    start, end = measured[0].start, max(measured[-1].end, min(until, measured[-1].end))
    x = Scale(low=start.timestamp(), high=end.timestamp(), start=LEFT, end=WIDTH - RIGHT)
    y = Scale(low=low, high=high, start=HEIGHT - BOTTOM, end=TOP)
    strokes = tuple(_stroke(one, found, x, y, metric) for one, found in zip(measured, figures, strict=True))
    left, right = (x.place(min(max(at, start), end).timestamp()) for at in (opened, until))
    return Around(
        strokes=strokes,
        line=" ".join(f"{one.x:g},{one.y:g}" for one in strokes),
        ticks=tuple((y.place(value), level(value, metric)) for value in value_ticks(low, high, 5)),
        ends=(f"{start.day} {start:%b}", f"{end.day} {end:%b}"),
        standing=(left, round(max(right - left, 2.0), 1)),
        accepted=None if accepted is None else y.place(accepted),
        limit=None if limit is None else y.place(limit),
        summary=(
            f"{metric_name(metric).capitalize() if metric == 'accuracy' else 'MAE'} of {len(measured)} windows from "
            f"{moment(start)} to {moment(end)}: {level(figures[0].value, metric)} at first, "
            f"{level(figures[-1].value, metric)} at last. Shaded: while the alert stands."
        ),
    )


def _stroke(window: Window, found: PerformanceReport, x: Scale, y: Scale, metric: Metric) -> Stroke:
    return Stroke(
        x=x.place((window.start.timestamp() + window.end.timestamp()) / 2),
        y=y.place(found.value),
        top=y.place(found.high),
        bottom=y.place(found.low),
        text=f"Window {window.index}: {level(found.value, metric)} ({interval(found.low, found.high, metric)})",
    )
