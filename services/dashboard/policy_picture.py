"""Retraining policies as a picture: compute to the right on a logarithmic axis, better figures upwards.

It works out places and words; the template writes the SVG.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import log10

from infra.display.scale import Scale, value_ticks
from infra.display.wording import level
from services.accounts.backtests import KeptBacktest, PolicyLine

BELOW_THE_LEAST = 4.0
"""How far left of the cheapest policy that trains one lies that costs next to nothing, as a factor."""
TOP, BOTTOM, LEFT, LINE = 20, 44, 64, 17
NAMES = 220
"""Pixels at the right for the names, each on a line of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One policy: where it lies, at what height its name goes, and what it says when it is pointed at."""

    x: float
    y: float
    text_y: float
    name: str
    words: str
    in_force: bool
    on_frontier: bool
    recommended: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyPicture:
    """Everything the template draws, in pixels from the upper left."""

    width: int
    height: int
    plot: tuple[float, float, float, float]
    points: tuple[Point, ...]
    edge: str
    oracle: float
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    summary: str


def policy_picture(found: KeptBacktest, *, width: int = 760, height: int = 360) -> PolicyPicture | None:
    """The picture of at least one policy; None without any."""
    if not found.lines:
        return None
    right = width - NAMES
    floor = min((one.cpu_seconds for one in found.lines if one.trainings), default=1.0) / BELOW_THE_LEAST or 1e-3
    seconds = [log10(max(one.cpu_seconds, floor)) for one in found.lines]
    air = 0.06 * (max(seconds) - min(seconds)) or 0.5
    x = Scale(low=min(seconds) - air, high=max(seconds) + air, start=LEFT, end=right)
    scores = [one.score for one in found.lines] + [found.oracle_score]
    room = 0.06 * (max(scores) - min(scores)) or 0.01
    low, high = min(scores) - room, max(scores) + room
    best_up = found.metric == "accuracy"
    y = Scale(low=low, high=high, start=height - BOTTOM if best_up else TOP, end=TOP if best_up else height - BOTTOM)
    places = {one.policy: (x.place(at), y.place(one.score)) for one, at in zip(found.lines, seconds, strict=True)}
    edge = sorted((one for one in found.lines if one.on_frontier), key=lambda one: one.cpu_seconds)
    return PolicyPicture(
        width=width,
        height=height,
        plot=(LEFT, TOP, right, height - BOTTOM),
        points=_points(found, places),
        edge=" ".join("{:g},{:g}".format(*places[one.policy]) for one in edge),
        oracle=y.place(found.oracle_score),
        across=tuple((x.place(log10(tick)), f"{tick:g}") for tick in _ticks(min(seconds), max(seconds))),
        up=tuple((y.place(tick), level(tick, found.metric)) for tick in value_ticks(low, high, 5)),
        summary=_summary(found),
    )


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten between two logarithms; powers alone where they are many."""
    steps = (1.0, 2.0, 5.0) if high - low < 2.5 else (1.0,)
    tens = range(math.floor(low), math.ceil(high) + 1)
    return [step * 10.0**ten for ten in tens for step in steps if low <= log10(step * 10.0**ten) <= high]


def _points(found: KeptBacktest, places: dict[str, tuple[float, float]]) -> tuple[Point, ...]:
    """From above to below; names that would lie on each other are moved down."""
    points: list[Point] = []
    for one in sorted(found.lines, key=lambda line: places[line.policy][1]):
        x, y = places[one.policy]
        points.append(
            Point(
                x=x,
                y=y,
                text_y=max(y, points[-1].text_y + LINE) if points else y,
                name=one.policy,
                words=_words(one, found),
                in_force=one.policy == found.in_force,
                on_frontier=one.on_frontier,
                recommended=one.policy == found.recommended,
            )
        )
    return tuple(points)


def _words(one: PolicyLine, found: KeptBacktest) -> str:
    score = level(one.score, found.metric)
    return f"{one.policy}: {score} for {one.cpu_seconds:.3g} CPU seconds, {one.trainings} trainings"


def _summary(found: KeptBacktest) -> str:
    by_name = {one.policy: one for one in found.lines}
    told = [
        _words(by_name[name], found) for name in dict.fromkeys((found.in_force, found.recommended)) if name in by_name
    ]
    return (
        f"{len(found.lines)} policies, compute against {found.metric}. Today's and the recommended: {'; '.join(told)}"
    )
