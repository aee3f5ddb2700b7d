"""What a reference looks like, summed up once and kept: every later window is compared with this, not with its rows.

Numbers are kept as their distinct values with the rows up to each, categories as counts. It knows nothing of
windows; `monitoring.tallies` counts one against a profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, log, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.domain.values import class_name
from monitoring.duplicates import repeats_in
from monitoring.grids import LEAST_VALUES, MOST_CELLS, ROWS_PER_CELL, Grid, lay_grid
from monitoring.runs import longest_runs

MOST_VALUES = 1_000_000
"""Up to so many distinct values a profile is exact; of more, as many are kept, evenly over the ranks."""
FAR_WIDTHS = 10.0
"""A number that lies so many widths of the reference's range outside of it is in another unit, or no measurement."""
_BOOLEANS = {"1": "true", "0": "false"}
_OF_ONE_KIND = {"string", "boolean", "integer", "floating", "mixed-integer-float", "empty", "categorical"}
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class NumberProfile:
    """Finite numbers of a column. `below[i]` rows are less than `values[i]`, `reached[i]` at most as large.

    `missing` counts empty and infinite values, `unreadable` those that are no numbers. `grid` spares sorting a window.
    """

    rows: int
    missing: int
    unreadable: int
    values: Floats  # ascending, distinct
    below: Counts
    reached: Counts
    grid: Grid | None = None

    @property
    def present(self) -> int:
        """Rows with a finite number."""
        return int(self.reached[-1]) if len(self.reached) else 0

    @property
    def error(self) -> float:
        """By how much a Kolmogorov-Smirnov distance to these numbers may be too small, 0..1; 0.0 while all are kept."""
        gaps = self.below[1:] - self.reached[:-1]
        return float(gaps.max()) / self.present if len(gaps) else 0.0

    @property
    def far(self) -> tuple[float, float]:
        """Below and above which numbers lie `FAR_WIDTHS` outside the range; nothing does where that has no width."""
        if len(self.values) < 2:
            return -inf, inf
        low, high = float(self.values[0]), float(self.values[-1])
        return low - FAR_WIDTHS * (high - low), high + FAR_WIDTHS * (high - low)


@dataclass(frozen=True, kw_only=True)
class CategoryProfile:
    """How often each category of a column occurs; `missing` rows have none."""

    rows: int
    missing: int
    counts: Mapping[str, int]


ColumnProfile = NumberProfile | CategoryProfile


@dataclass(frozen=True, kw_only=True)
class ReferenceProfile:
    """All columns of a reference. `kinds` also names columns that the reference does not have.

    `weights` say how much the model uses a column (mean 1); one that is not named weighs 1. `repeats` is the share
    of its rows that repeat one shortly before (`monitoring.duplicates`), `runs` how long a column stood still in it
    (`monitoring.runs`; 0 where that is unknown). `sampled` says in words what was drawn.
    """

    rows: int
    kinds: Mapping[str, str]
    columns: Mapping[str, ColumnProfile]
    weights: Mapping[str, float] = field(default_factory=dict)
    repeats: float = 0.0
    runs: Mapping[str, int] = field(default_factory=dict)
    sampled: str = ""


def profile_reference(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    *,
    weights: Mapping[str, float] | None = None,
    repeats: float | None = None,
    runs: Mapping[str, int] | None = None,
    sampled: str = "",
) -> ReferenceProfile:
    """Sum up the columns named in `kinds` (numeric, categorical, boolean, picture; carried ones are left out).

    `repeats`, `runs`: for a frame that was drawn from more rows, those of rows as they came.
    """
    compared = {name: kind for name, kind in kinds.items() if kind != "carried"}
    present = [name for name in compared if name in frame]
    return ReferenceProfile(
        rows=len(frame),
        kinds=compared,
        columns={name: profile_column(frame[name], compared[name]) for name in present},
        weights=weights or {},
        repeats=repeats_in(frame, present)[0] / max(len(frame), 1) if repeats is None else repeats,
        runs=longest_runs(frame[present]) if runs is None else runs,
        sampled=sampled,
    )


def profile_column(column: pd.Series, kind: str) -> ColumnProfile:
    """The profile of one column."""
    if not is_number(kind):
        counts, missing = read_categories(column, kind)
        return CategoryProfile(rows=len(column), missing=missing, counts=counts)
    numbers, missing, unreadable = read_numbers(column)
    values, times = np.unique(numbers, return_counts=True)
    reached = np.cumsum(times, dtype=np.int64)
    below = reached - times
    if len(values) > MOST_VALUES:
        kept = np.linspace(0, len(values) - 1, MOST_VALUES).astype(np.int64)
        values, below, reached = values[kept], below[kept], reached[kept]
    cells = min(MOST_CELLS, len(numbers) // ROWS_PER_CELL)
    return NumberProfile(
        rows=len(column),
        missing=missing,
        unreadable=unreadable,
        values=values,
        below=below,
        reached=reached,
        grid=lay_grid(values, cells) if len(values) >= LEAST_VALUES else None,
    )


def is_number(kind: str) -> bool:
    """Whether columns of this kind are compared as numbers."""
    return kind in ("numeric", "picture")


def read_numbers(column: pd.Series) -> tuple[Floats, int, int]:
    """(finite values as float64, how many are missing or infinite, how many are no numbers)."""
    plain = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"  # there is nothing in it to be read
    numbers: pd.Series = column if plain else pd.to_numeric(column, errors="coerce")
    values: Floats = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    finite = np.isfinite(values)
    if finite.all():
        return values, 0, 0
    unreadable = int((numbers.isna() & column.notna()).sum())
    return values[finite], len(column) - int(finite.sum()) - unreadable, unreadable


def read_categories(column: pd.Series, kind: str = "categorical") -> tuple[dict[str, int], int]:
    """(rows of each category by its name, how many are missing); 1 and true are one value of a boolean column."""
    return count_categories(*numbered(column), kind)


def numbered(column: pd.Series) -> tuple[Counts, pd.Index]:
    """(the place of each row's category among those of the column, -1 where it has none; those categories)."""
    found = column
    if found.dtype == object and pd.api.types.infer_dtype(found, skipna=True) not in _OF_ONE_KIND:
        found = found.map(class_name, na_action="ignore")  # 1 and true, equal for pandas, are two categories
    codes, values = pd.factorize(found)
    return codes, values


def count_categories(codes: Counts, values: pd.Index, kind: str) -> tuple[dict[str, int], int]:
    """As `read_categories`, of rows that were `numbered` before."""
    times = np.bincount(codes[codes >= 0], minlength=len(values))
    counts: dict[str, int] = {}
    for value, count in zip(values.tolist(), times.tolist(), strict=True):
        name = class_name(value)
        name = _BOOLEANS.get(name, name) if kind == "boolean" else name
        counts[name] = counts.get(name, 0) + count
    return counts, int((codes < 0).sum())


def sampling_error(rows: int) -> float:
    """By how much a distribution function of `rows` drawn rows may be off anywhere, 0..1, with confidence 95 %.

    The bound of Dvoretzky, Kiefer and Wolfowitz (1956) with the constant of Massart (1990).

    >>> round(sampling_error(2_000), 3)
    0.03
    """
    return sqrt(log(2.0 / 0.05) / (2.0 * rows))
