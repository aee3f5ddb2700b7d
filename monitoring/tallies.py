"""A window counted against a reference's profile, in chunks: memory stays flat however many rows the window has.

What two chunks hold is added up, so their order and size change nothing. It knows nothing of verdicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import inf

import numpy as np
import pandas as pd

from monitoring.duplicates import repeats_in
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
        fits = self.profile.grid is not None and self.present <= min(self.profile.present, MOST_VALUES)
        if fits and not len(self._slots):
            self._held.append(numbers.copy())  # whoever gave them may change them
        elif len(self.profile.values):
            self._count(np.concatenate([*self._held, numbers]))
            self._held = []

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
    """How often each category occurs in a window."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.rows = self.missing = 0
        self.counts: Counter[str] = Counter()

    def add(self, column: pd.Series) -> Counts:
        """Count further rows; the place of each row's category among theirs."""
        codes, values = numbered(column)
        counts, missing = count_categories(codes, values, self._kind)
        self.rows += len(column)
        self.missing += missing
        self.counts.update(counts)
        return codes


class WindowTally:
    """A window counted against a reference, column by column. A column that a chunk lacks is left out for good.

    `repeats` of the first `hashed` rows repeat one shortly before.
    """

    def __init__(self, reference: ReferenceProfile) -> None:
        self.rows = self.repeats = self.hashed = 0
        self.columns: dict[str, NumberTally | CategoryTally] = {
            name: NumberTally(profile) if isinstance(profile, NumberProfile) else CategoryTally(reference.kinds[name])
            for name, profile in reference.columns.items()
        }

    def add(self, chunk: pd.DataFrame) -> None:
        """Count further rows, in order of arrival."""
        for name in [name for name in self.columns if name not in chunk]:
            del self.columns[name]
        places: dict[str, Counts] = {}
        for name, tally in self.columns.items():
            if isinstance(tally, CategoryTally):
                places[name] = tally.add(chunk[name])
            else:
                tally.add(chunk[name])
        repeats, hashed = repeats_in(chunk.iloc[: MOST_HASHED - self.hashed], list(self.columns), places)
        self.rows, self.repeats, self.hashed = self.rows + len(chunk), self.repeats + repeats, self.hashed + hashed


def tally_of(reference: ReferenceProfile, chunks: Iterable[pd.DataFrame]) -> WindowTally:
    """Count a window, given in chunks."""
    tally = WindowTally(reference)
    for chunk in chunks:
        tally.add(chunk)
    return tally
