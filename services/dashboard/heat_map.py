"""How far each feature moved in each window, as a picture of one row a feature: the most drifting ones on top.

Thousands of cells are a PNG; names and links around it are SVG. Two scales tell what keepsharp calls drifted from what
it does not, both darker (on dark ground lighter) the farther a feature moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from infra.display.png import Colour, write_png
from infra.display.scale import Scale, time_ticks
from infra.domain.windows import DriftGlance, Window
from services.dashboard.chart import RIGHT, Tick, left_of, time_tick

FIRST_FEATURES = 20
"""So many rows are shown until all are asked for."""
STEPS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
"""Upper ends of the steps of effect sizes."""
ROW, BOTTOM = 17, 24
PIXELS = 840
"""Across; windows narrower than one pixel are seen by the last that ends in it."""
_GREY, _BLUE = (110, 122, 138), (47, 111, 214)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One feature. `peak` is how far it moved at most; `window` the newest in which it drifted, or moved farthest."""

    name: str
    shown: str
    y: float
    drifted: int
    peak: float
    window: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatMap:
    """What the template draws around the picture, in pixels from the upper left."""

    width: int
    height: int
    left: float
    right: float
    bottom: float
    rows: tuple[Row, ...]
    across: tuple[Tick, ...]
    left_out: int
    """Features that are not shown."""
    summary: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """Features, the most drifting first, and the windows that were compared, oldest first."""

    features: tuple[str, ...]
    windows: tuple[tuple[Window, DriftGlance], ...]
    start: datetime
    end: datetime


def cells_of(windows: Sequence[Window], drifts: Sequence[DriftGlance]) -> Cells | None:
    """None where nothing was compared."""
    by_index = {window.index: window for window in windows}
    found = tuple((by_index[one.index], one) for one in drifts if one.index in by_index)
    if not found:
        return None
    drifted: dict[str, int] = {}
    moved: dict[str, float] = {}
    for _, glance in found:
        for name, effect in glance.effects.items():
            moved[name] = moved.get(name, 0.0) + effect
        for name in glance.drifted:
            drifted[name] = drifted.get(name, 0) + 1
    order = sorted(moved, key=lambda name: (-drifted.get(name, 0), -moved[name], name))
    end = max(window.end for window in windows)
    return Cells(features=tuple(order), windows=found, start=windows[0].start, end=end)


def heat_map(cells: Cells, *, width: int, most: int) -> HeatMap:
    """The frame of the picture, of `most` features."""
    left, shown = left_of(width), cells.features[:most]
    bottom = float(ROW * len(shown))
    x = Scale(low=cells.start.timestamp(), high=cells.end.timestamp(), start=left, end=width - RIGHT)
    moments = time_ticks(cells.start, cells.end, min(8, (width - left - RIGHT) // 60))
    letters = (left - 10) // 7
    rows = tuple(_row(cells, name, place, letters) for place, name in enumerate(shown))
    return HeatMap(
        width=width,
        height=ROW * len(shown) + BOTTOM,
        left=left,
        right=width - RIGHT,
        bottom=bottom,
        rows=rows,
        across=tuple(time_tick(x, at, moments) for at in moments),
        left_out=len(cells.features) - len(shown),
        summary=_summary(cells, rows),
    )


def picture(cells: Cells, *, most: int) -> bytes:
    """PNG, one pixel high a feature."""
    shown = cells.features[:most]
    effects = np.array(
        [[glance.effects.get(name, np.nan) for name in shown] for _, glance in cells.windows], dtype=np.float64
    )
    drifted = np.array([[name in glance.drifted for name in shown] for _, glance in cells.windows], dtype=np.bool_)
    places = np.minimum(np.searchsorted(STEPS, effects), len(STEPS) - 1)
    colours = np.where(np.isnan(effects), 0, 1 + places + len(STEPS) * drifted).astype(np.uint8)  # windows × features
    seen = np.vstack([colours, np.zeros((1, len(shown)), dtype=np.uint8)])[_window_of_pixel(cells)]
    return write_png(seen.T.tobytes(), PIXELS, palette())


def _window_of_pixel(cells: Cells) -> NDArray[np.int64]:
    """The place of the window that each pixel across belongs to; -1 for none."""
    span = (cells.end - cells.start).total_seconds() or 1.0
    owner = np.full(PIXELS, -1, dtype=np.int64)
    for place, (window, _) in enumerate(cells.windows):
        first = min(PIXELS - 1, round((window.start - cells.start).total_seconds() / span * PIXELS))
        last = max(first + 1, round((window.end - cells.start).total_seconds() / span * PIXELS))
        owner[first:last] = place
    return owner


def palette() -> list[Colour]:
    """Nothing; then the steps of what is not called drifted, and those of what is."""
    count = len(STEPS)
    still = [(*_GREY, round(16 + 90 * place / (count - 1))) for place in range(count)]
    moved = [(*_BLUE, round(110 + 145 * place / (count - 1))) for place in range(count)]
    return [(0, 0, 0, 0), *still, *moved]


@dataclass(frozen=True, kw_only=True, slots=True)
class Swatch:
    """One colour of the legend, and how opaque it is."""

    kind: str
    opacity: float


def legend() -> list[Swatch]:
    """The steps of what is not called drifted, then of what is."""
    still, moved = palette()[1 : 1 + len(STEPS)], palette()[1 + len(STEPS) :]
    pairs = [("still", colour) for colour in still] + [("moved", colour) for colour in moved]
    return [Swatch(kind=kind, opacity=round(colour[3] / 255, 2)) for kind, colour in pairs]


def cell_figures(cells: Cells, *, most: int) -> dict[str, object]:
    """What the picture shows, for whoever points at it: by feature, thousandths, with a minus where it drifted.

    `windows` are [index, start, end], in milliseconds since 1970.
    """
    shown = cells.features[:most]
    return {
        "features": shown,
        "windows": [[one.index, _ms(one.start), _ms(one.end)] for one, _ in cells.windows],
        "moved": [[_thousandths(glance, name) for _, glance in cells.windows] for name in shown],
        "start": _ms(cells.start),
        "end": _ms(cells.end),
    }


def _thousandths(glance: DriftGlance, name: str) -> int | None:
    effect = glance.effects.get(name)
    if effect is None:
        return None
    return -max(1, round(1000 * effect)) if name in glance.drifted else round(1000 * effect)


def _row(cells: Cells, name: str, place: int, letters: int) -> Row:
    effects = [(glance.effects[name], glance) for _, glance in cells.windows if name in glance.effects]
    drifted = [glance for _, glance in effects if name in glance.drifted]
    peak, farthest = max(effects, key=lambda one: one[0])
    return Row(
        name=name,
        shown=name if len(name) <= letters else f"{name[: letters - 1]}…",
        y=ROW * (place + 0.5),
        drifted=len(drifted),
        peak=peak,
        window=drifted[-1].index if drifted else farthest.index,
    )


def _summary(cells: Cells, rows: Sequence[Row]) -> str:
    moved = [f"{row.name} in {row.drifted}" for row in rows[:3] if row.drifted]
    words = f"Drift of {len(cells.features)} columns in {len(cells.windows)} windows: "
    return words + (f"most often {', '.join(moved)} of them." if moved else "none is called drifted.")


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
