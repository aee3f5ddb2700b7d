"""The learning curve as a picture: places and words, which the template draws. It writes no SVG and knows no run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from infra.display.scale import Scale, value_ticks
from infra.display.wording import interval, level
from infra.domain.learning import CurvePoint, LearningCurve

TOP, BOTTOM, LEFT, RIGHT = 14, 44, 64, 18
AHEAD = 2.0
"""The law is drawn on to this many times the labels there are, dashed."""
_STEPS = 48


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """A point with its band, in pixels from the upper left, and its words."""

    x: float
    y: float
    top: float
    bottom: float
    share: str
    rows: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A height and its words."""

    y: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePicture:
    """Everything the template draws. `law` runs up to all labels and `ahead` beyond; `limit` is where it levels off."""

    width: int
    height: int
    plot: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    dots: tuple[Dot, ...]
    ticks: tuple[Level, ...]
    law: str
    ahead: str
    ahead_x: float
    ahead_rows: str
    limit: Level | None
    summary: str


def share_name(share: float) -> str:
    """A share of the labels.

    >>> [share_name(share) for share in (0.125, 0.25, 0.5, 1.0)]
    ['1/8', '1/4', '1/2', 'all']
    """
    return "all" if share == 1.0 else f"1/{round(1 / share)}"


def draw_curve(curve: LearningCurve, width: int, height: int = 280) -> CurvePicture:
    """The picture of a curve of at least one point, fewest labels first."""
    rows = curve.points[-1].rows
    x = Scale(low=math.log(curve.points[0].rows), high=math.log(AHEAD * rows), start=LEFT + 14, end=width - RIGHT)
    limit = None if curve.law is None else _value(curve, curve.law.limit)
    low, high = _bounds(curve, limit)
    y = Scale(low=low, high=high, start=height - BOTTOM, end=TOP)
    return CurvePicture(
        width=width,
        height=height,
        plot=(LEFT, TOP, width - RIGHT, height - BOTTOM),
        dots=tuple(_dot(curve, point, x, y) for point in curve.points),
        ticks=tuple(Level(y=y.place(value), text=level(value, curve.metric)) for value in value_ticks(low, high, 5)),
        law=_law(curve, x, y, curve.points[0].rows, rows),
        ahead=_law(curve, x, y, rows, AHEAD * rows),
        ahead_x=x.place(math.log(AHEAD * rows)),
        ahead_rows=f"{AHEAD * rows:,.0f}",
        limit=Level(y=y.place(limit), text=f"levels off at {level(limit, curve.metric)}")
        if limit is not None and low <= limit <= high
        else None,
        summary=_summary(curve),
    )


def _value(curve: LearningCurve, error: float) -> float:
    return 1 - error if curve.metric == "accuracy" else error


def _bounds(curve: LearningCurve, limit: float | None) -> tuple[float, float]:
    """What the vertical axis spans: every band with a little air, and the limit where it is not far off."""
    low, high = min(point.low for point in curve.points), max(point.high for point in curve.points)
    reach = high - low
    if limit is not None and low - 0.6 * reach <= limit <= high + 0.6 * reach:
        low, high = min(low, limit), max(high, limit)
    air = 0.08 * (high - low) or 0.05 * abs(high) or 0.05
    low, high = max(0.0, low - air), high + air
    return low, min(high, 1.0) if curve.metric == "accuracy" else high


def _dot(curve: LearningCurve, point: CurvePoint, x: Scale, y: Scale) -> Dot:
    drawn = f"the mean of {point.draws} draws" if point.draws > 1 else "one draw"
    return Dot(
        x=x.place(math.log(point.rows)),
        y=y.place(point.value),
        top=y.place(point.high),
        bottom=y.place(point.low),
        share=share_name(point.share),
        rows=f"{point.rows:,}",
        text=f"{share_name(point.share)} of the labels, {point.rows:,} rows: {level(point.value, curve.metric)} "
        f"({interval(point.low, point.high, curve.metric)}), "
        + ("the training itself" if point.share == 1.0 else drawn),
    )


def _law(curve: LearningCurve, x: Scale, y: Scale, first: float, last: float) -> str:
    if curve.law is None:
        return ""
    inside = sorted((y.start, y.end))
    corners = []
    for step in range(_STEPS + 1):
        rows = first * (last / first) ** (step / _STEPS)
        height = y.place(_value(curve, curve.law.error(rows)))
        if inside[0] <= height <= inside[1]:
            corners.append(f"{x.place(math.log(rows)):g},{height:g}")
    return " ".join(corners)


def _summary(curve: LearningCurve) -> str:
    points = "; ".join(
        f"{share_name(point.share)} of the labels ({point.rows:,} rows) {level(point.value, curve.metric)}"
        for point in curve.points
    )
    return f"Learning curve: {points}."
