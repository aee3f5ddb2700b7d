"""A window counted against a reference's profile, in chunks: memory stays flat however many rows the window has.

What two chunks hold is added up, and so is what two tallies do: however a window is cut into parts, and wherever they
are counted, their tallies merged in order are that of the whole, to the last bit. It knows nothing of verdicts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import inf

import numpy as np
import pandas as pd

from monitoring.category_counts import CategoryCounts
from monitoring.duplicates import Coded, Hashes, repeats_among, row_hashes
from monitoring.grids import farthest, gap
from monitoring.profiles import (
    MOST_VALUES,
    Counts,
    Floats,
    NumberProfile,
    ReferenceProfile,
    count_categories,
    numbered,
    read_numbers,
)

MOST_HASHED = 20_000
"""Repeated rows are looked for among the first so many of a window."""


class NumberTally:
    """How a window's numbers lie between the values of a reference: enough for the exact Kolmogorov-Smirnov distance.

    Up to as many numbers as the reference has are held as they come: together they are compared without sorting them
    (`monitoring.grids`). Of more, only counts are kept: `slots[2 i]` of those between `values[i - 1]` and `values[i]`,
    both excluded, `slots[2 i + 1]` of those equal to `values[i]`. The distance is the same either way. `far` of the
    numbers lie far outside the range of the reference.
    """

    def __init__(self, profile: NumberProfile) -> None:
        self.profile = profile
        self.rows = self.missing = self.unreadable = self.far = 0
        self.lowest, self.highest = inf, -inf
        self._held: list[Floats] = []
        self._slots: Counts = np.zeros(0, dtype=np.int64)  # empty until something is counted

    @property
    def present(self) -> int:
        """Rows with a finite number."""
        return self.rows - self.missing - self.unreadable

    @property
    def outside(self) -> int:
        """Rows below the least or above the largest value of the reference."""
        values = self.profile.values
        if not len(values) or (self.lowest >= values[0] and self.highest <= values[-1]):
            return 0
        counted = int(self._slots[0] + self._slots[-1]) if len(self._slots) else 0
        return counted + sum(int(((held < values[0]) | (held > values[-1])).sum()) for held in self._held)

    def add(self, column: pd.Series) -> None:
        """Count further rows."""
        numbers, missing, unreadable = read_numbers(column)
        self.rows += len(column)
        self.missing += missing
        self.unreadable += unreadable
        if not len(numbers):
            return
        lowest, highest = float(numbers.min()), float(numbers.max())
        self.lowest, self.highest = min(self.lowest, lowest), max(self.highest, highest)
        low, high = self.profile.far
        if lowest < low or highest > high:
            self.far += int(((numbers < low) | (numbers > high)).sum())
        self._held.append(numbers.copy())  # whoever gave them may change them
        self._settle()

    def merge(self, later: NumberTally) -> None:
        """Add what was counted elsewhere, against the same profile, of rows that come after these."""
        self.rows += later.rows
        self.missing += later.missing
        self.unreadable += later.unreadable
        self.far += later.far
        self.lowest, self.highest = min(self.lowest, later.lowest), max(self.highest, later.highest)
        if len(later._slots):
            self._slots = self._slots + later._slots if len(self._slots) else later._slots.copy()
        self._held += later._held
        self._settle()

    def distance(self) -> float:
        """The Kolmogorov-Smirnov distance of the numbers that are there; both sides have some.

        Exact, or too small by `profile.error` where the profile keeps only some values.
        """
        before = self.profile
        if before.grid is not None and not len(self._slots):
            held = self._held[0] if len(self._held) == 1 else np.concatenate(self._held)
            return farthest(before.grid, before.values, before.below, before.reached, held)
        seen = np.cumsum(self._slots)[:-1]  # rows below, and at or below, each value in turn
        return max(
            gap(part, self.present, whole, before.present)
            for part, whole in ((seen[1::2], before.reached), (seen[::2], before.below))
        )

    def drawn(self, most: int) -> Floats:
        """At most so many of the numbers, evenly over their order; none where only counts of them were kept."""
        held = np.concatenate(self._held) if self._held else np.zeros(0)
        return held[:: -(-len(held) // most) or 1]

    def reached(self, points: Floats) -> Counts:
        """How many counted numbers are at most as large as each point, or as the reference's last value before it."""
        seen = np.concatenate(([0], np.cumsum(self._slots)[1::2]))
        return np.asarray(seen[np.searchsorted(self.profile.values, points, side="right")], dtype=np.int64)

    def _settle(self) -> None:
        """Hold what may be held; count it where there is too much, or something was counted before."""
        fits = self.profile.grid is not None and self.present <= min(self.profile.present, MOST_VALUES)
        if not self._held or (fits and not len(self._slots)):
            return
        if len(self.profile.values):
            self._count(np.concatenate(self._held))
        self._held = []

    def _count(self, numbers: Floats) -> None:
        numbers.sort()  # searching sorted values is ten times as fast
        values = self.profile.values
        places = np.searchsorted(values, numbers)
        equal = values[np.minimum(places, len(values) - 1)] == numbers
        places *= 2
        places += equal
        counted = np.bincount(places, minlength=2 * len(values) + 1)
        self._slots = self._slots + counted if len(self._slots) else counted


class CategoryTally:
    """How often each category occurs in a window; `known` are the names that the reference has."""

    def __init__(self, kind: str, known: Collection[str] = ()) -> None:
        self._kind = kind
        self.rows = self.missing = 0
        self._counted = CategoryCounts(known)

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by category; of very many that the reference never had, some are counted together."""
        return self._counted.named

    @property
    def number_share(self) -> float:
        """Share of the rows with a category, in which it is written as a number."""
        return self._counted.number_share

    def add(self, column: pd.Series) -> Coded:
        """Count further rows; the place of each row's category among theirs."""
        codes, values = numbered(column)
        counts, missing = count_categories(codes, values, self._kind)
        self.rows += len(column)
        self.missing += missing
        self._counted.add(counts)
        return codes, values

    def merge(self, later: CategoryTally) -> None:
        """Add what was counted elsewhere, against the same reference."""
        self.rows += later.rows
        self.missing += later.missing
        self._counted.merge(later._counted)


class WindowTally:
    """A window counted against a reference, column by column. A column that a chunk lacks is left out for good."""

    def __init__(self, reference: ReferenceProfile) -> None:
        self.rows = 0
        self._names = [*reference.columns]
        self._hashes: Hashes = np.zeros(0, dtype=np.uint64)
        self.columns: dict[str, NumberTally | CategoryTally] = {
            name: NumberTally(profile)
            if isinstance(profile, NumberProfile)
            else CategoryTally(reference.kinds[name], frozenset(profile.counts))
            for name, profile in reference.columns.items()
        }

    @property
    def hashed(self) -> int:
        """How many rows, the first ones, repeats were looked for in."""
        return len(self._hashes)

    @property
    def repeats(self) -> int:
        """How many of those repeat one shortly before."""
        return repeats_among(self._hashes) if self._names else 0

    def add(self, chunk: pd.DataFrame) -> None:
        """Count further rows, in order of arrival."""
        self._leave_out(name for name in self._names if name not in chunk)
        coded: dict[str, Coded] = {}
        for name, tally in self.columns.items():
            if isinstance(tally, CategoryTally):
                coded[name] = tally.add(chunk[name])
            else:
                tally.add(chunk[name])
        if self.hashed < MOST_HASHED:
            self._hash(row_hashes(chunk.iloc[: MOST_HASHED - self.hashed], self._names, coded))
        self.rows += len(chunk)

    def merge(self, later: WindowTally) -> None:
        """Add what was counted elsewhere, against the same reference, of rows that come after these."""
        self._leave_out(name for name in self._names if name not in later.columns)
        for name, tally in self.columns.items():
            tally.merge(later.columns[name])  # type: ignore[arg-type]  # of one reference, so of one kind
        self._hash(later._hashes)
        self.rows += later.rows

    def _leave_out(self, names: Iterable[str]) -> None:
        for name in names:
            self.columns.pop(name, None)

    def _hash(self, hashes: Hashes) -> None:
        self._hashes = np.concatenate([self._hashes, hashes])[:MOST_HASHED]


def tally_of(reference: ReferenceProfile, chunks: Iterable[pd.DataFrame]) -> WindowTally:
    """Count a window, given in chunks."""
    tally = WindowTally(reference)
    for chunk in chunks:
        tally.add(chunk)
    return tally


def merged(reference: ReferenceProfile, parts: Iterable[WindowTally]) -> WindowTally:
    """The tally of a window from those of its parts, in the order of their rows."""
    whole = WindowTally(reference)
    for part in parts:
        whole.merge(part)
    return whole
