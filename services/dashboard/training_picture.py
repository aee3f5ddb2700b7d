"""A training as three small pictures: loss, score and gradient over the epochs. Places and words; no SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from infra.display.scale import Scale, value_ticks
from infra.display.wording import Metric, level
from services.dashboard.training import EpochSeen

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 320, 130, 46, 8, 8, 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line: its name in the legend, its corners, and its last figure in words."""

    name: str
    points: str
    last: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One picture of WIDTH × HEIGHT pixels."""

    title: str
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]
    first: str
    last: str
    summary: str


def draw_training(epochs: Sequence[EpochSeen], metric: Metric, of: int = 0) -> list[Panel]:
    """The panels; none before the first epoch. `of` epochs is how far the axis reaches, at least to the last one."""
    if not epochs:
        return []
    score = "Validation accuracy" if metric == "accuracy" else "Validation error"
    panels = [
        _panel(
            "Loss",
            epochs,
            {"train": [one.train_loss for one in epochs], "validation": [one.validation_loss for one in epochs]},
            of,
            lambda value: f"{value:.3g}",
        ),
        _panel(score, epochs, {score.lower(): [one.score for one in epochs]}, of, lambda value: level(value, metric)),
    ]
    norms = [one.gradient_norm for one in epochs if one.gradient_norm is not None]
    if len(norms) == len(epochs):
        panels.append(_panel("Gradient norm", epochs, {"gradient norm": norms}, of, lambda value: f"{value:.3g}"))
    return [panel for panel in panels if panel is not None]


def _panel(
    title: str, epochs: Sequence[EpochSeen], series: dict[str, list[float]], of: int, words: object
) -> Panel | None:
    assert callable(words)
    values = [value for line in series.values() for value in line if math.isfinite(value)]
    if not values:
        return None
    low, high = min(values), max(values)
    end = max(of, epochs[-1].number, 2)
    x = Scale(low=1, high=end, start=LEFT, end=WIDTH - RIGHT)
    y = Scale(low=low, high=high, start=HEIGHT - BOTTOM, end=TOP)
    lines = tuple(
        Line(
            name=name,
            points=" ".join(
                f"{x.place(one.number):g},{y.place(value):g}"
                for one, value in zip(epochs, line, strict=True)
                if math.isfinite(value)
            ),
            last=words(line[-1]) if math.isfinite(line[-1]) else "not finite",
        )
        for name, line in series.items()
    )
    told = "; ".join(f"{line.name} {line.last}" for line in lines)
    return Panel(
        title=title,
        lines=lines,
        ticks=tuple((y.place(value), words(value)) for value in value_ticks(low, high, 5)),
        first="1",
        last=f"epoch {end}",
        summary=f"{title} over {len(epochs)} epochs; last: {told}.",
    )
