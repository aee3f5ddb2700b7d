"""What a picture of a model's life shows, before it has a size: windows, levels, what happened. It draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from infra.display.wording import Metric, interval, level, metric_name, moment
from infra.domain.windows import PerformanceReport, Window

MarkKind = Literal["promotion", "rejection", "rollback", "retraining", "alert"]
LANES: tuple[tuple[MarkKind, str], ...] = (
    ("promotion", "promoted"),
    ("rejection", "rejected"),
    ("rollback", "rolled back"),
    ("retraining", "trained"),
    ("alert", "alerts"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A level of the headline metric from one moment to another."""

    start: datetime
    end: datetime
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Something that happened: when, what a person reads, and where it leads."""

    kind: MarkKind
    at: datetime
    text: str
    link: str
    minor: bool = False
    """An alert that asks nobody to act."""
    count: int = 1
    """How many it stands for, where they lie too close together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One model's windows, oldest first, and everything around them."""

    model: str
    metric: Metric
    windows: tuple[Window, ...]
    accepted: tuple[Level, ...] = ()
    simple: tuple[Level, ...] = ()
    """What the simple model reached on rows held out; nothing where windows measured it."""
    marks: tuple[Mark, ...] = ()
    tolerance: float | None = None

    @property
    def start(self) -> datetime:
        """Where the first window begins."""
        return self.windows[0].start

    @property
    def end(self) -> datetime:
        """Where the last window ends."""
        return max(window.end for window in self.windows)

    def limit(self, accepted: float) -> float | None:
        """Worse than this is an alert: accepted accuracy less the tolerance, or accepted error times 1 + tolerance."""
        if self.tolerance is None:
            return None
        return accepted - self.tolerance if self.metric == "accuracy" else accepted * (1.0 + self.tolerance)


def measured(window: Window) -> PerformanceReport | None:
    """What its labels say, if they do."""
    figures = window.performance
    return figures if figures is not None and figures.kind == "measured" else None


def estimated(window: Window) -> PerformanceReport | None:
    """What was thought of it without labels."""
    if window.estimate is not None:
        return window.estimate
    figures = window.performance
    return figures if figures is not None and figures.kind == "estimated" else None


def first_figure(window: Window) -> float | None:
    """What the frozen first champion would have reached in it."""
    return window.beside.first if window.beside is not None else None


def simple_figure(window: Window) -> float | None:
    """What the simple model would have reached in it."""
    return window.beside.simple if window.beside is not None else None


def beside_words(window: Window, metric: Metric) -> str:
    """Both of them on the rows that were drawn; nothing where neither was asked."""
    sides = (("the first champion", first_figure(window)), ("the simple model", simple_figure(window)))
    said = [f"{name} {level(figure, metric)}" for name, figure in sides if figure is not None]
    return f"{' and '.join(said)} on {window.beside.rows:,} of them" if said and window.beside is not None else ""


def window_words(window: Window, metric: Metric) -> str:
    """One window in words."""
    found, guessed = measured(window), estimated(window)
    words = f"Window {window.index}, until {moment(window.end)}: "
    if found is not None:
        words += f"{metric_name(metric)} {figure_words(found)} on {found.labelled:,} labels of {window.rows:,} rows"
    else:
        why = window.note or ("its labels are not due yet" if window.state == "provisional" else "it was not measured")
        words += f"no figure, {why}"
    if beside := beside_words(window, metric):
        words += f"; {beside}"
    return words if guessed is None else f"{words}; estimated {figure_words(guessed)}"


def figure_words(found: PerformanceReport) -> str:
    """A figure with its interval."""
    return f"{level(found.value, found.metric)} ({interval(found.low, found.high, found.metric)})"


def summary_words(scene: Scene) -> str:
    """The picture in words, for whoever does not see it."""
    figures = [found.value for window in scene.windows if (found := measured(window)) is not None]
    counts = [f"{sum(mark.count for mark in scene.marks if mark.kind == kind)} {words}" for kind, words in LANES]
    span = f"from {moment(scene.start)} to {moment(scene.end)}"
    if not figures:
        return f"{len(scene.windows)} windows {span}, none measured yet; {', '.join(counts)}."
    return (
        f"{metric_name(scene.metric)} of {len(figures)} measured windows {span}: "
        f"last {level(figures[-1], scene.metric)}, lowest {level(min(figures), scene.metric)}, "
        f"highest {level(max(figures), scene.metric)}; {', '.join(counts)}."
    )


def gathered(marks: Sequence[Mark], apart: timedelta) -> list[Mark]:
    """Marks of one kind that lie closer together than `apart` as one: placed at the first, leading to the last."""
    found: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.kind, mark.at)):
        before = found[-1] if found else None
        if before is None or before.kind != mark.kind or mark.at - before.at >= apart:
            found.append(mark)
            continue
        count = before.count + mark.count
        found[-1] = Mark(
            kind=mark.kind,
            at=before.at,
            text=f"{count} close together. The last: {mark.text}",
            link=mark.link,
            minor=before.minor and mark.minor,
            count=count,
        )
    return found
