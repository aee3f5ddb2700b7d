"""A window counted against a reference's profile, in chunks: memory stays flat however many rows the window has.

Counts of two chunks are added, so their order and size change nothing. It knows nothing of verdicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import inf

import numpy as np
import pandas as pd

from monitoring.duplicates import repeats_in
from monitoring.profiles import (
    Counts,
    NumberProfile,
    ReferenceProfile,
    read_categories,
    read_numbers,
)

MOST_HASHED = 20_000
"""Repeated rows are looked for among the first so many of a window."""


class NumberTally:
    """How a window's numbers lie between the values of a reference.

    `slots[2 i]` counts those between `values[i - 1]` and `values[i]`, both excluded, `slots[2 i + 1]` those equal to
    `values[i]`: enough for the exact Kolmogorov-Smirnov distance, since the reference's share is constant between.
    """

    def __init__(self, profile: NumberProfile) -> None:
        self.profile = profile
        self.rows = self.missing = self.unreadable = 0
        self.lowest, self.highest = inf, -inf
        self.slots: Counts = np.zeros(2 * len(profile.values) + 1, dtype=np.int64)

    @property
    def present(self) -> int:
        """Rows with a finite number."""
        return self.rows - self.missing - self.unreadable

    @property
    def outside(self) -> int:
        """Rows below the least or above the largest value of the reference."""
        return int(self.slots[0] + self.slots[-1]) if len(self.slots) > 1 else 0

    def add(self, column: pd.Series) -> None:
        """Count further rows."""
        before = self.present
        numbers, missing, unreadable = read_numbers(column)
        self.rows += len(column)
        self.missing += missing
        self.unreadable += unreadable
        if not len(numbers):
            return
        numbers = np.sort(numbers)  # searching sorted values is ten times as fast
        self.lowest, self.highest = min(self.lowest, float(numbers[0])), max(self.highest, float(numbers[-1]))
        values = self.profile.values
        if len(values):
            places = np.searchsorted(values, numbers)
            equal = values[np.minimum(places, len(values) - 1)] == numbers
            places *= 2
            places += equal
            counted = np.bincount(places, minlength=len(self.slots))
            self.slots = counted if before == 0 else self.slots + counted


class CategoryTally:
    """How often each category occurs in a window."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.rows = self.missing = 0
        self.counts: Counter[str] = Counter()

    def add(self, column: pd.Series) -> None:
        """Count further rows."""
        counts, missing = read_categories(column, self._kind)
        self.rows += len(column)
        self.missing += missing
        self.counts.update(counts)


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
        for name, tally in self.columns.items():
            tally.add(chunk[name])
        repeats, hashed = repeats_in(chunk[list(self.columns)].iloc[: MOST_HASHED - self.hashed])
        self.rows, self.repeats, self.hashed = self.rows + len(chunk), self.repeats + repeats, self.hashed + hashed


def tally_of(reference: ReferenceProfile, chunks: Iterable[pd.DataFrame]) -> WindowTally:
    """Count a window, given in chunks."""
    tally = WindowTally(reference)
    for chunk in chunks:
        tally.add(chunk)
    return tally
