"""How often each category occurs, in bounded memory: of names that nobody knows beforehand, not all are kept.

Every name that the reference has is counted. Of the others the `MOST_UNSEEN` with the smallest hashes are, each
exactly, and the rest is counted together: which names are kept follows from the names alone, never from their order
or from where they were counted, so that counts of parts add up to the counts of the whole, to the last one.
It knows nothing of columns or windows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from pandas.util import hash_array

MOST_UNSEEN = 10_000
"""Names kept beside those of the reference; up to so many nothing is counted together."""
TOGETHER = "(other categories)"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


class CategoryCounts:
    """Rows by category. `together` rows have a category that is none of those kept."""

    def __init__(self, known: Collection[str] = ()) -> None:
        self._known = known
        self._kept: Counter[str] = Counter()
        self._together = self._numbers_together = 0
        self._named: Mapping[str, int] | None = None

    def add(self, counts: Mapping[str, int]) -> None:
        """Count further rows."""
        self._named = None
        self._kept.update(counts)
        if len(self._kept) > len(self._known) + 2 * MOST_UNSEEN:
            self._shed()

    def merge(self, other: CategoryCounts) -> None:
        """Add what was counted elsewhere, against the same known names."""
        self._together += other._together
        self._numbers_together += other._numbers_together
        self.add(other._kept)

    @property
    def together(self) -> int:
        """Rows whose category is counted among others; 0 while all names are kept."""
        self._shed()
        return self._together

    @property
    def named(self) -> Mapping[str, int]:
        """Rows by category, where those that are counted together are one."""
        if self._named is None:
            self._shed()
            self._named = {**self._kept, TOGETHER: self._together} if self._together else self._kept
        return self._named

    @property
    def number_share(self) -> float:
        """Share of the rows whose category is written as a number; 0.0 of none."""
        numbers = self._numbers_together + sum(count for name, count in self._kept.items() if is_number_text(name))
        return numbers / max(1, self._together + sum(self._kept.values()))

    def _shed(self) -> None:
        """Count together what is not kept."""
        if len(self._kept) <= MOST_UNSEEN:
            return
        unseen = [name for name in self._kept if name not in self._known]
        if len(unseen) <= MOST_UNSEEN:
            return
        for place in np.argsort(name_hashes(unseen), kind="stable")[MOST_UNSEEN:]:
            count = self._kept.pop(unseen[place])
            self._together += count
            self._numbers_together += count if is_number_text(unseen[place]) else 0


def name_hashes(names: Collection[str]) -> NDArray[np.uint64]:
    """64 bits for each name, the same in every process (SipHash with a fixed key)."""
    return np.asarray(hash_array(np.array([*names], dtype=object), categorize=False), dtype=np.uint64)


def is_number_text(name: str) -> bool:
    """Whether a category is written as a number.

    >>> is_number_text("12.5"), is_number_text("plant 3")
    (True, False)
    """
    return _NUMBER.fullmatch(name) is not None
