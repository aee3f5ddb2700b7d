"""Labelled rows of a stretch of arrivals, read a block at a time: most rows of a busy model have no label yet."""

from __future__ import annotations

from collections.abc import Iterator

from flows.desk import Desk
from flows.rows.quarantining import without_held_back
from infra.domain.predictions import Answered

BLOCK = 20_000
"""Arrivals that are held in memory at once."""


def newest_labelled(desk: Desk, first: int, last: int | None = None) -> Iterator[Answered]:
    """Rows from the arrival `first` on that have a label which nobody holds back, the newest arrival first.

    `last` is the last arrival that is looked at; None: the newest.
    """
    last = desk.ports.predictions.last_seq(desk.spec.model) if last is None else last
    while last >= first:
        start = max(first, last - BLOCK + 1)
        rows = without_held_back(desk, desk.ports.predictions.between(desk.spec.model, start, last))
        yield from (row for row in reversed(rows) if row.label is not None)
        last = start - 1
