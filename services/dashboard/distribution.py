"""A column's two distributions as a picture: bars of the window, the outline of the reference."""

from __future__ import annotations

from dataclasses import dataclass

from infra.display.scale import Scale, value_ticks
from infra.display.wording import figure
from infra.domain.shapes import ColumnShape

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 620, 220, 40, 8, 24
ROW, NAMES, SHARES = 24, 150, 52


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One bin: where the window's bar lies, and where the reference's share ends; shares are 0..1."""

    x: float
    y: float
    width: float
    height: float
    reference: float
    """Height (numbers) or length (categories) of the reference's share, in pixels from the upper left."""
    text: str
    name: str = ""
    share: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """What the template draws."""

    is_number: bool
    width: int
    height: int
    left: float
    bottom: float
    bars: tuple[Bar, ...]
    outline: str
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    missing: str


def draw_distribution(shape: ColumnShape) -> Distribution:
    """The picture of a column."""
    before, now = _shares(shape.reference), _shares(shape.window)
    missing = _missing_words(shape)
    return _numbers(shape, before, now, missing) if shape.edges else _names(shape, before, now, missing)


def _shares(counts: tuple[int, ...]) -> list[float]:
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def _numbers(shape: ColumnShape, before: list[float], now: list[float], missing: str) -> Distribution:
    bins, bottom = len(before), HEIGHT - BOTTOM
    low, high = shape.edges[0], shape.edges[-1]
    edges = (
        shape.edges if len(shape.edges) == bins + 1 and high > low else tuple(float(place) for place in range(bins + 1))
    )
    x = Scale(low=edges[0], high=edges[-1], start=LEFT, end=WIDTH - 8)
    y = Scale(low=0.0, high=max(*before, *now, 1e-9), start=bottom, end=TOP)
    bars, corners = [], [f"M{x.place(edges[0]):g} {bottom}"]
    for place in range(bins):
        left, right = x.place(edges[place]), x.place(edges[place + 1])
        top, reference = y.place(now[place]), y.place(before[place])
        words = f"{_bin_words(shape, place)}: {now[place]:.1%} of the window, {before[place]:.1%} of the reference"
        bars.append(
            Bar(
                x=left,
                y=top,
                width=round(max(right - left - 1, 0.5), 1),
                height=round(bottom - top, 1),
                reference=reference,
                text=words,
            )
        )
        corners.append(f"V{reference:g}H{right:g}")
    ticks = value_ticks(low, high, 6) if high > low else []
    return Distribution(
        is_number=True,
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        bottom=bottom,
        bars=tuple(bars),
        outline=f"{''.join(corners)}V{bottom}",
        across=tuple((x.place(tick), f"{tick:g}") for tick in ticks) or (((LEFT + WIDTH) / 2, figure(low)),),
        up=tuple(
            (y.place(tick), f"{tick:.0%}") for tick in value_ticks(0.0, y.high, 4) if round(100 * tick, 6) % 1 == 0
        ),
        missing=missing,
    )


def _bin_words(shape: ColumnShape, place: int) -> str:
    last = len(shape.reference) - 1
    if last == 0:
        return figure(shape.edges[0])
    if place == 0:
        return f"up to {figure(shape.edges[1])}"
    return (
        f"above {figure(shape.edges[-2])}"
        if place == last
        else f"{figure(shape.edges[place])} to {figure(shape.edges[place + 1])}"
    )


def _names(shape: ColumnShape, before: list[float], now: list[float], missing: str) -> Distribution:
    x = Scale(low=0.0, high=max(*before, *now, 1e-9), start=NAMES, end=WIDTH - SHARES)
    bars = []
    for place, name in enumerate(shape.names):
        words = f"{name}: {now[place]:.1%} of the window, {before[place]:.1%} of the reference"
        bars.append(
            Bar(
                x=NAMES,
                y=place * ROW + 4,
                width=round(x.place(now[place]) - NAMES, 1),
                height=ROW - 8,
                reference=x.place(before[place]),
                text=words,
                name=name if len(name) <= 20 else f"{name[:19]}…",
                share=f"{now[place]:.1%}",
            )
        )
    return Distribution(
        is_number=False,
        width=WIDTH,
        height=ROW * len(shape.names),
        left=NAMES,
        bottom=ROW * len(shape.names),
        bars=tuple(bars),
        outline="",
        across=(),
        up=(),
        missing=missing,
    )


def _missing_words(shape: ColumnShape) -> str:
    """What share of either side has no value."""
    if not shape.reference_missing and not shape.window_missing:
        return ""
    before = shape.reference_missing / max(1, shape.reference_missing + sum(shape.reference))
    now = shape.window_missing / max(1, shape.window_missing + sum(shape.window))
    return f"No value in {now:.1%} of the window's rows and {before:.1%} of the reference's."
