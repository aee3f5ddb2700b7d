"""The exact Kolmogorov-Smirnov distance without sorting a window: only rows that could decide it are looked at closely.

Counting numbers into cells costs a fraction of sorting them. The counts bound the distance within each cell from
below and above; only cells whose upper bound exceeds the largest lower one are sorted and compared value by value.
So nothing is approximated: the result is that of sorting everything, to the last bit. Where most cells stay open
(few distinct values, two equal samples) it costs about as much as sorting. It knows nothing of tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

MOST_CELLS = 2**16
LEAST_VALUES = 1_000
"""Among fewer distinct values sorting is as fast."""
ROWS_PER_CELL = 4
_PIECES = 2**12
_BLOCK = 2**15
"""Numbers taken at a time, so that what is in between stays in the processor's cache."""
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Cells over the distinct values of a reference in ascending order; `first[k]` of them lie before cell k.

    They are about equally full: a bend (u / (1 + |u|), u the distance from the median in quartile distances) folds
    all numbers into equal pieces, and each piece has as many cells as its share of the values. The cell of a number
    never falls as the number grows, since each rounded step on the way there is monotone.
    """

    middle: float
    scale: float  # 1 / quartile distance
    ends: Floats  # (pieces + 1,): the cell at which each piece begins, not rounded
    first: Counts  # (cells + 1,)

    @cached_property
    def values(self) -> Counts:
        """How many values each cell has (cells,)."""
        return np.diff(self.first)

    @cached_property
    def steps(self) -> Floats:
        """How many cells each piece has, not rounded (pieces,)."""
        return np.diff(self.ends)

    def count(self, numbers: Floats) -> tuple[NDArray[np.uint16], Counts]:
        """(the cell of each number (m,), how many fall into each cell (cells,)); all numbers are finite."""
        places, counts = np.empty(len(numbers), dtype=np.uint16), np.zeros(len(self.first) - 1, dtype=np.int64)
        for block in _blocks(len(numbers)):
            bent = _bend(numbers[block], self.middle, self.scale)
            piece = np.minimum(bent.astype(np.int64), len(self.steps) - 1)
            bent -= piece
            bent *= self.steps[piece]
            bent += self.ends[piece]
            cell = np.minimum(bent.astype(np.int64), len(counts) - 1)
            places[block] = cell
            counts += np.bincount(cell, minlength=len(counts))
        return places, counts


def lay_grid(values: Floats, cells: int) -> Grid | None:
    """At most `MOST_CELLS` cells over distinct values in ascending order; None where they span more than a float."""
    quarter = len(values) // 4
    middle, low, high = (float(values[place]) for place in (len(values) // 2, quarter, len(values) - 1 - quarter))
    with np.errstate(over="ignore", divide="ignore"):
        scale = float(1.0 / np.float64(high - low))
    if not 0.0 < scale < np.inf:
        return None
    bent = np.minimum(_bend(values, middle, scale).astype(np.int64), _PIECES - 1)
    ends = np.append(0.0, np.cumsum(np.bincount(bent, minlength=_PIECES)) * (cells / len(values)))
    empty = Grid(middle=middle, scale=scale, ends=ends, first=np.zeros(cells + 1, dtype=np.int64))
    return Grid(middle=middle, scale=scale, ends=ends, first=np.append(0, np.cumsum(empty.count(values)[1])))


def farthest(grid: Grid, values: Floats, below: Counts, reached: Counts, numbers: Floats) -> float:
    """The largest distance, 0..1, of two distribution functions at and just before the values of the reference.

    `below[i]` of its rows are less than `values[i]`, `reached[i]` at most as large; `numbers` (m, at least one) are
    those of the window, in any order.
    """
    places, counts = grid.count(numbers)
    ended, held = np.cumsum(counts), grid.values > 0
    least = below[grid.first[:-1][held]] / reached[-1]
    most = reached[grid.first[1:][held] - 1] / reached[-1]
    before, after = (ended - counts)[held] / len(numbers), ended[held] / len(numbers)
    surely = float(np.maximum(before - least, most - after).max())
    unsettled = np.zeros(len(counts), dtype=np.bool_)
    unsettled[held] = np.maximum(after - least, most - before) > surely
    if not unsettled.any():
        return surely
    looked_at = np.flatnonzero(np.repeat(unsettled, grid.values))
    passed_over = np.cumsum(np.where(unsettled, 0, counts))[unsettled].repeat(grid.values[unsettled])
    within = np.sort(numbers[unsettled[places]])
    less = np.searchsorted(within, values[looked_at], "left") + passed_over
    at_most = np.searchsorted(within, values[looked_at], "right") + passed_over
    return max(
        surely,
        gap(less, len(numbers), below[looked_at], int(reached[-1])),
        gap(at_most, len(numbers), reached[looked_at], int(reached[-1])),
    )


def gap(one: Counts, of_one: int, other: Counts, of_other: int) -> float:
    """The largest difference of two shares, either way."""
    apart = one / of_one
    apart -= other / of_other
    return float(max(apart.max(), -apart.min()))


def _bend(numbers: Floats, middle: float, scale: float) -> Floats:
    """All numbers folded into 0.._PIECES, in their order."""
    with np.errstate(over="ignore"):  # what is too far for a float lies at the end
        away = numbers - middle
        away *= scale
    bent = np.abs(away)
    bent += 1.0
    np.divide(1.0, bent, out=bent)
    np.subtract(1.0, bent, out=bent)
    np.copysign(bent, away, out=bent)
    bent += 1.0
    bent *= _PIECES / 2
    return bent


def _blocks(length: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, length, _BLOCK))
