"""Where each category of a column lies among its inputs: [known | buckets of all others | missing].

A column with more categories than are told apart one by one has buckets, which its rare categories share by hash, so
that a category never seen before is read as the rare ones were learnt. It knows nothing of rows or frames.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

BUCKETS = 16


@dataclass(frozen=True)
class Coding:
    """Places of categories. Without buckets an unknown category has none, without `missing` an absent one has none."""

    places: Mapping[str, int]
    buckets: int
    missing: bool

    @property
    def size(self) -> int:
        """How many inputs there are."""
        return len(self.places) + self.buckets + self.missing

    def of(self, name: str | None) -> int:
        """Place of a category, None for a missing one; -1 where it has none.

        >>> coding = Coding({"a": 0, "b": 1}, buckets=4, missing=True)
        >>> coding.of("b"), coding.of(None), 2 <= coding.of("never seen") < 6
        (1, 6, True)
        """
        if name is None:
            return len(self.places) + self.buckets if self.missing else -1
        place = self.places.get(name)
        if place is not None:
            return place
        return len(self.places) + zlib.crc32(name.encode()) % self.buckets if self.buckets else -1
