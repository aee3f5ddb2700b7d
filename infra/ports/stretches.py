"""Traffic in bulk: what a stretch of it holds, and its rows in columns, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from infra.domain.predictions import Answered
from infra.domain.stretches import AskedBlock, Extent, JudgedBlock, Stretch


class Stretches(Protocol):
    """Predictions and labels, read so that no more than one block is in memory, however long a stretch is.

    Blocks cover `rows` places each; a stretch that is read in blocks names its first and last place.
    """

    def extent(self, stretch: Stretch) -> Extent | None:
        """What the stretch holds; None when it holds nothing."""

    def at(self, model: str, seqs: Sequence[int]) -> list[Answered]:
        """The predictions at these places that there are, in order of arrival, each with its current label."""

    def asked(self, stretch: Stretch, rows: int) -> Iterator[AskedBlock]:
        """Features and answers; a block without rows is left out. Raises ValueError for an end that is not named."""

    def judged(self, stretch: Stretch, rows: int) -> Iterator[JudgedBlock]:
        """Answers and labels where there is one. Raises ValueError for an end that is not named."""
