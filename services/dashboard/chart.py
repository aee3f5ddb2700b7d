"""The headline metric over event time as a picture: windows with intervals, accepted levels, and what happened.

It works out places and words; the template writes the SVG. It knows no port.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from infra.display.scale import Scale, time_label, time_ticks, value_ticks
from infra.display.wording import Metric, interval, level, metric_name, moment
from infra.domain.windows import Window

MarkKind = Literal["promotion", "rejection", "rollback", "alert"]
LANES: tuple[tuple[MarkKind, str], ...] = (
    ("promotion", "promoted"),
    ("rejection", "rejected"),
    ("rollback", "rolled back"),
    ("alert", "alerts"),
)
LANE_HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 20, 8, 28, 88, 14


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Something that happened: when, what a person reads, and where it leads."""

    kind: MarkKind
    at: datetime
    text: str
    link: str
    minor: bool = False
    """An alert that asks nobody to act."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptedLevel:
    """The level a champion was promoted at, from one moment to another."""

    start: datetime
    end: datetime
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """One window: its span across and, when it was measured, its interval and middle."""

    x: float
    width: float
    top: float
    height: float
    middle: tuple[float, float] | None
    text: str
    report: int | None
    """The window's index when Evidently's page of it is kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """Where, and its label."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedMark:
    """A mark in its lane."""

    mark: Mark
    x: float
    y: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Everything the template draws, in pixels from the upper left."""

    width: int
    height: int
    plot: tuple[float, float, float, float]
    """Left, top, right, bottom of the plot."""
    measured: tuple[Band, ...]
    provisional: tuple[Band, ...]
    lines: tuple[str, ...]
    """Corners of the line through the measured windows, cut where windows are missing."""
    accepted: tuple[tuple[float, float, float], ...]
    """From x, to x, at y."""
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    lanes: tuple[Tick, ...]
    marks: tuple[PlacedMark, ...]
    summary: str


def draw(
    windows: Sequence[Window],
    levels: Sequence[AcceptedLevel],
    marks: Sequence[Mark],
    *,
    metric: Metric,
    width: int,
    plot_height: int = 220,
) -> Chart | None:
    """The picture of at least one window, oldest first; None without any."""
    if not windows:
        return None
    kinds = {mark.kind for mark in marks}
    shown = [(kind, words) for kind, words in LANES if kind in kinds]
    top = TOP + LANE_HEIGHT * len(shown)
    start, end = windows[0].start, max(window.end for window in windows)
    x = Scale(low=start.timestamp(), high=end.timestamp(), start=LEFT, end=width - RIGHT)
    low, high = _bounds(windows, levels)
    y = Scale(low=low, high=high, start=top + plot_height, end=top)
    lane_of = {kind: TOP + LANE_HEIGHT * (i + 0.5) for i, (kind, _) in enumerate(shown)}
    moments = time_ticks(start, end, min(8, (width - LEFT - RIGHT) // 60))
    measured = tuple(_measured(window, x, y, metric) for window in windows if _is_measured(window))
    return Chart(
        width=width,
        height=top + plot_height + BOTTOM,
        plot=(LEFT, top, width - RIGHT, top + plot_height),
        measured=measured,
        provisional=tuple(_unmeasured(window, x, top, plot_height) for window in windows if not _is_measured(window)),
        lines=_lines(windows, measured),
        accepted=tuple(
            (x.place(max(one.start, start).timestamp()), x.place(one.end.timestamp()), y.place(one.value))
            for one in levels
            if one.end > start
        ),
        across=tuple(Tick(at=x.place(at.timestamp()), text=time_label(at, moments)) for at in moments),
        up=tuple(Tick(at=y.place(value), text=level(value, metric)) for value in value_ticks(low, high, 5)),
        lanes=tuple(Tick(at=lane_of[kind], text=words) for kind, words in shown),
        marks=tuple(
            PlacedMark(mark=mark, x=x.place(_within(mark.at, start, end).timestamp()), y=lane_of[mark.kind])
            for mark in marks
        ),
        summary=_summary(windows, marks, metric),
    )


def _is_measured(window: Window) -> bool:
    return window.performance is not None and window.performance.kind == "measured"


def _within(at: datetime, start: datetime, end: datetime) -> datetime:
    """A mark before the first window or after the last one is shown at the edge."""
    return min(max(at, start), end)


def _bounds(windows: Sequence[Window], levels: Sequence[AcceptedLevel]) -> tuple[float, float]:
    """What the vertical axis spans: every interval and accepted level, with a little air."""
    values = [one.value for one in levels]
    for window in windows:
        if window.performance is not None and _is_measured(window):
            values += [window.performance.low, window.performance.high]
    if not values:
        return 0.0, 1.0
    air = 0.06 * (max(values) - min(values)) or 0.05 * abs(values[0]) or 1.0
    return max(0.0, min(values) - air), max(values) + air


def _measured(window: Window, x: Scale, y: Scale, metric: Metric) -> Band:
    figures = window.performance
    assert figures is not None
    left, right = x.place(window.start.timestamp()), x.place(window.end.timestamp())
    top, bottom = y.place(figures.high), y.place(figures.low)
    text = (
        f"Window {window.index}, until {moment(window.end)}: {metric_name(metric)} {level(figures.value, metric)} "
        f"({interval(figures.low, figures.high, metric)}) on {figures.labelled:,} labels of {window.rows:,} rows"
    )
    return Band(
        x=left,
        width=round(max(right - left, 1.0), 1),
        top=top,
        height=round(bottom - top, 1),
        middle=(round((left + right) / 2, 1), y.place(figures.value)),
        text=text,
        report=window.index if window.report else None,
    )


def _unmeasured(window: Window, x: Scale, top: float, height: float) -> Band:
    left, right = x.place(window.start.timestamp()), x.place(window.end.timestamp())
    why = window.note or ("its labels are not due yet" if window.state == "provisional" else "it was not measured")
    text = f"Window {window.index}, until {moment(window.end)}: no figure, {why}"
    return Band(
        x=left,
        width=round(max(right - left, 1.0), 1),
        top=top,
        height=height,
        middle=None,
        text=text,
        report=window.index if window.report else None,
    )


def _lines(windows: Sequence[Window], measured: Sequence[Band]) -> tuple[str, ...]:
    bands = iter(measured)
    pieces: list[list[str]] = [[]]
    for window in windows:
        if not _is_measured(window):
            pieces.append([])
            continue
        middle = next(bands).middle
        assert middle is not None
        pieces[-1].append(f"{middle[0]:g},{middle[1]:g}")
    return tuple(" ".join(piece) for piece in pieces if len(piece) > 1)


def _summary(windows: Sequence[Window], marks: Sequence[Mark], metric: Metric) -> str:
    """The picture in words, for whoever does not see it."""
    figures = [window.performance.value for window in windows if window.performance and _is_measured(window)]
    counts = [f"{sum(mark.kind == kind for mark in marks)} {words}" for kind, words in LANES]
    span = f"from {moment(windows[0].start)} to {moment(windows[-1].end)}"
    if not figures:
        return f"{len(windows)} windows {span}, none measured yet; {', '.join(counts)}."
    return (
        f"{metric_name(metric)} of {len(figures)} measured windows {span}: last {level(figures[-1], metric)}, "
        f"lowest {level(min(figures), metric)}, highest {level(max(figures), metric)}; {', '.join(counts)}."
    )
