"""A scene as a picture of a given width: places and words; the template writes the SVG. It knows no port.

Up to `MOST_SINGLE` windows are drawn one by one, each a link; of more, all bands are one path, since a page must stay
light and the chart that can be explored (`accuracy_option`) shows each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.display.scale import Scale, time_label, time_ticks, value_ticks
from infra.display.wording import level
from infra.domain.windows import PerformanceReport, Window
from services.dashboard.scene import (
    LANES,
    Level,
    Mark,
    Scene,
    estimated,
    first_figure,
    gathered,
    measured,
    simple_figure,
    summary_words,
    window_words,
)

LANE_HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 20, 8, 28, 88, 14
LEFT_WIDE = 128
"""On wide pictures, as wide as the names of features below need."""
NARROWEST_WIDE = 600
MOST_SINGLE = 60
MARKS_APART = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """One window: its span across and its interval; `middle` is where its figure is, if it has one."""

    x: float
    width: float
    top: float
    height: float
    middle: tuple[float, float] | None
    text: str
    window: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """Where, and its label; `moment` where that is an hour, which every viewer reads on their own clock."""

    at: float
    text: str
    moment: datetime | None = None


def time_tick(x: Scale, at: datetime, ticks: Sequence[datetime]) -> Tick:
    """The tick at one of these moments."""
    hours = len(ticks) > 1 and ticks[1] - ticks[0] < timedelta(days=1)
    return Tick(at=x.place(at.timestamp()), text=time_label(at, ticks), moment=at if hours else None)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedMark:
    """A mark in its lane."""

    mark: Mark
    x: float
    y: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A level across, from x to x at y; `limit` is where its tolerance ends, if it has one."""

    start: float
    end: float
    y: float
    limit: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Everything the template draws, in pixels from the upper left."""

    width: int
    height: int
    plot: tuple[float, float, float, float]
    """Left, top, right, bottom of the plot."""
    measured: tuple[Band, ...]
    guessed: tuple[Band, ...]
    """Windows without labels, with what was estimated of them."""
    provisional: tuple[Band, ...]
    bands: str
    """Instead of `measured`, `guessed`: the intervals of many windows as one path, and the same of the estimated."""
    guessed_bands: str
    lines: tuple[str, ...]
    """Corners of the line through the measured windows, cut where windows are missing."""
    guesses: tuple[str, ...]
    """The same through the estimates."""
    first: tuple[str, ...]
    """The same through what the frozen first champion would have reached, and the simple model."""
    plain: tuple[str, ...]
    accepted: tuple[Step, ...]
    simple: tuple[Step, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    lanes: tuple[Tick, ...]
    marks: tuple[PlacedMark, ...]
    summary: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Frame:
    """Where things go."""

    x: Scale
    y: Scale
    top: float
    bottom: float

    def across(self, window: Window) -> tuple[float, float]:
        return self.x.place(window.start.timestamp()), self.x.place(window.end.timestamp())


def left_of(width: int) -> int:
    """Where the plot of a picture that wide begins."""
    return LEFT_WIDE if width >= NARROWEST_WIDE else LEFT


def draw(scene: Scene, *, width: int, plot_height: int = 240) -> Chart | None:
    """The picture of at least one window; None without any."""
    if not scene.windows:
        return None
    shown = [(kind, words) for kind, words in LANES if kind in {mark.kind for mark in scene.marks}]
    top, left, start, end = TOP + LANE_HEIGHT * len(shown), left_of(width), scene.start, scene.end
    (low, high), windows = bounds(scene), scene.windows
    frame = _Frame(
        x=Scale(low=start.timestamp(), high=end.timestamp(), start=left, end=width - RIGHT),
        y=Scale(low=low, high=high, start=top + plot_height, end=top),
        top=top,
        bottom=top + plot_height,
    )
    lane_of = {kind: TOP + LANE_HEIGHT * (i + 0.5) for i, (kind, _) in enumerate(shown)}
    moments = time_ticks(start, end, min(8, (width - left - RIGHT) // 60))
    single = len(windows) <= MOST_SINGLE
    known, unknown = ([one for one in windows if (measured(one) is None) is no] for no in (False, True))
    guessed = [window for window in unknown if estimated(window) is not None]
    return Chart(
        width=width,
        height=top + plot_height + BOTTOM,
        plot=(left, top, width - RIGHT, top + plot_height),
        measured=tuple(_band(window, measured(window), scene, frame) for window in known) if single else (),
        guessed=tuple(_band(window, estimated(window), scene, frame) for window in guessed) if single else (),
        provisional=_provisional(unknown, scene, frame),
        bands="" if single else _path(known, measured, frame),
        guessed_bands="" if single else _path(guessed, estimated, frame),
        lines=_lines(windows, _value_of(measured), frame),
        guesses=_lines(windows, _value_of(estimated), frame),
        first=_lines(windows, first_figure, frame),
        plain=_lines(windows, simple_figure, frame),
        accepted=tuple(_steps(scene.accepted, scene, frame)),
        simple=tuple(_steps(scene.simple, scene, frame, with_limit=False)),
        across=tuple(time_tick(frame.x, at, moments) for at in moments),
        up=tuple(Tick(at=frame.y.place(value), text=level(value, scene.metric)) for value in value_ticks(low, high, 5)),
        lanes=tuple(Tick(at=lane_of[kind], text=words) for kind, words in shown),
        marks=tuple(
            PlacedMark(mark=mark, x=frame.x.place(_within(mark.at, start, end).timestamp()), y=lane_of[mark.kind])
            for mark in gathered(scene.marks, (end - start) * MARKS_APART / max(1, width - left - RIGHT))
        ),
        summary=summary_words(scene),
    )


def bounds(scene: Scene) -> tuple[float, float]:
    """What the vertical axis spans: every figure, interval and level, with a little air."""
    values = [one.value for one in (*scene.accepted, *scene.simple) if one.end > scene.start]
    for window in scene.windows:
        for figures in (measured(window), estimated(window)):
            if figures is not None:
                values += [figures.low, figures.high]
        values += [value for value in (first_figure(window), simple_figure(window)) if value is not None]
    if not values:
        return 0.0, 1.0
    air = 0.06 * (max(values) - min(values)) or 0.05 * abs(values[0]) or 1.0
    return max(0.0, min(values) - air), max(values) + air


def _within(at: datetime, start: datetime, end: datetime) -> datetime:
    """A mark before the first window or after the last one is shown at the edge."""
    return min(max(at, start), end)


def _band(window: Window, figures: PerformanceReport | None, scene: Scene, frame: _Frame) -> Band:
    assert figures is not None
    left, right = frame.across(window)
    top, bottom = frame.y.place(figures.high), frame.y.place(figures.low)
    return Band(
        x=left,
        width=round(max(right - left, 1.0), 1),
        top=top,
        height=round(bottom - top, 1),
        middle=(round((left + right) / 2, 1), frame.y.place(figures.value)),
        text=window_words(window, scene.metric),
        window=window.index,
    )


def _provisional(unknown: Sequence[Window], scene: Scene, frame: _Frame) -> tuple[Band, ...]:
    """Windows without a measured figure, those that touch as one where there are many."""
    found: list[Band] = []
    many = len(unknown) > MOST_SINGLE
    for window in unknown:
        left, right = frame.across(window)
        before = found[-1] if found else None
        if many and before is not None and left - before.x - before.width < 1.0:
            found[-1] = Band(
                x=before.x,
                width=round(right - before.x, 1),
                top=frame.top,
                height=before.height,
                middle=None,
                text=f"No figures until window {window.index}",
                window=window.index,
            )
            continue
        found.append(
            Band(
                x=left,
                width=round(max(right - left, 1.0), 1),
                top=frame.top,
                height=frame.bottom - frame.top,
                middle=None,
                text=window_words(window, scene.metric),
                window=window.index,
            )
        )
    return tuple(found)


Figures = Callable[[Window], PerformanceReport | None]


def _path(windows: Iterable[Window], figures: Figures, frame: _Frame) -> str:
    """The intervals of all windows as rectangles of one path."""
    pieces = []
    for window in windows:
        found = figures(window)
        assert found is not None
        left, right = frame.across(window)
        top, bottom = frame.y.place(found.high), frame.y.place(found.low)
        pieces.append(f"M{left:g} {top:g}h{max(right - left, 1.0):g}v{bottom - top:g}H{left:g}z")
    return "".join(pieces)


def _value_of(figures: Figures) -> Callable[[Window], float | None]:
    return lambda window: None if (found := figures(window)) is None else found.value


def _lines(windows: Sequence[Window], value: Callable[[Window], float | None], frame: _Frame) -> tuple[str, ...]:
    pieces: list[list[str]] = [[]]
    for window in windows:
        found = value(window)
        if found is None:
            pieces.append([])
            continue
        left, right = frame.across(window)
        pieces[-1].append(f"{(left + right) / 2:g},{frame.y.place(found):g}")
    return tuple(" ".join(piece) for piece in pieces if len(piece) > 1)


def _steps(levels: Iterable[Level], scene: Scene, frame: _Frame, *, with_limit: bool = True) -> Iterable[Step]:
    start, end = scene.start, scene.end
    for one in levels:
        if one.end <= start or one.start > end:
            continue
        limit = scene.limit(one.value) if with_limit else None
        yield Step(
            start=frame.x.place(max(one.start, start).timestamp()),
            end=frame.x.place(min(one.end, end).timestamp()),
            y=frame.y.place(one.value),
            limit=None if limit is None else min(max(frame.y.place(limit), frame.top), frame.bottom),
        )
