"""In-memory traffic in bulk, seen through the double of predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.domain.predictions import Answered
from infra.domain.stretches import AskedBlock, Extent, JudgedBlock, Stretch, blocks_of
from infra.ports import Predictions


class MemoryStretches:
    """The port `Stretches` on the double of predictions."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions

    def extent(self, stretch: Stretch) -> Extent | None:
        rows = self._answered_in(stretch)
        if not rows:
            return None
        times = [row.prediction.time for row in rows]
        return Extent(
            rows=len(rows),
            first_seq=rows[0].seq,
            last_seq=rows[-1].seq,
            start=min(times),
            end=max(times),
            versions=tuple(sorted({row.prediction.version for row in rows})),
        )

    def at(self, model: str, seqs: Sequence[int]) -> list[Answered]:
        return [row for seq in sorted(set(seqs)) for row in self._predictions.between(model, seq, seq)]

    def asked(self, stretch: Stretch, rows: int) -> Iterator[AskedBlock]:
        for found in self._blocks(stretch, rows):
            yield AskedBlock(
                features=[row.prediction.features for row in found],
                values=[row.prediction.value for row in found],
                unknown_categories=sum(len(row.prediction.unknown_categories) for row in found),
            )

    def judged(self, stretch: Stretch, rows: int) -> Iterator[JudgedBlock]:
        for found in self._blocks(stretch, rows):
            labelled = [row for row in found if row.label is not None]
            if labelled:
                yield JudgedBlock(
                    ids=[row.prediction.id for row in labelled],
                    values=[row.prediction.value for row in labelled],
                    confidences=[row.prediction.confidence for row in labelled],
                    labels=[row.label.value for row in labelled if row.label is not None],
                )

    def _blocks(self, stretch: Stretch, rows: int) -> Iterator[list[Answered]]:
        for block in blocks_of(stretch, rows):
            if found := self._answered_in(block):
                yield found

    def _answered_in(self, stretch: Stretch) -> list[Answered]:
        first = 1 if stretch.first_seq is None else stretch.first_seq
        last = self._predictions.last_seq(stretch.model) if stretch.last_seq is None else stretch.last_seq
        return [row for row in self._predictions.between(stretch.model, first, last) if _is_in_time(row, stretch)]


def _is_in_time(row: Answered, stretch: Stretch) -> bool:
    time = row.prediction.time
    return (stretch.start is None or time >= stretch.start) and (stretch.end is None or time < stretch.end)
