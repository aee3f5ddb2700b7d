"""Rows of a snapshot that is too large for memory: features stay in its Parquet file, and are read as they are needed.

A training reads them a column or a piece at a time; a retraining draws its earlier rows from them. A snapshot that fits
is read whole, as `flows.training.examples` does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.desk import Desk
from flows.training.drawing import places_rounded_down
from flows.training.examples import (
    ID,
    LABEL_SOURCE,
    LABEL_TIME,
    PART,
    SEQ,
    TARGET,
    TIME,
    Examples,
    Part,
    from_snapshot,
    snapshot_parts,
)
from flows.training.material import Learnt
from flows.training.parquet_frame import ParquetFrame

LARGE_BYTES = 1 << 30
"""Snapshots whose columns take more than this, unpacked, are left in their files."""
EARLIER_ROWS = 40_000
"""Rows of a large earlier snapshot that a retraining chooses from: half are the newest, half drawn evenly before them.
It learns again at most half as many."""
OWN = (TARGET, TIME, ID, SEQ, PART, LABEL_TIME, LABEL_SOURCE)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Of `rows` rows in time order: some drawn evenly from the first to the last, and as many of the newest."""

    rows: int
    evenly: Examples
    newest: Examples

    @classmethod
    def over(cls, rows: Examples, most: int) -> Spread:
        """At most so many of these, either way."""
        count = len(rows)
        return cls(
            rows=count, evenly=rows.take(places_rounded_down(count, most)), newest=rows.cut(max(count - most, 0), count)
        )


def parts_of(desk: Desk, snapshot: str) -> dict[Part, Learnt]:
    """The parts of a snapshot, in the order in which they were frozen. Raises NotFound, DataError."""
    path = desk.ports.snapshots.large_file(snapshot, LARGE_BYTES)
    if path is None:
        parts = snapshot_parts(desk.ports.snapshots.load(snapshot))
        return {name: Learnt(frame=part.frame, target=part.target) for name, part in parts.items()}
    whole = ParquetFrame(path)
    names = whole[PART].to_numpy()
    found: dict[Part, Learnt] = {}
    for part in ("train", "validation", "holdout"):
        places = np.flatnonzero(names == part)
        first, rows = (int(places[0]), len(places)) if len(places) else (0, 0)
        stretch = ParquetFrame(path, first=first, rows=rows, own=OWN)
        found[part] = Learnt(frame=stretch, target=tuple(stretch[TARGET].tolist()))
    return found


def earlier_rows(desk: Desk, snapshot: str, seed: int) -> Examples:
    """Rows of an earlier snapshot in time order: all of them, or of a large one as many as a retraining may draw from.

    Raises NotFound, DataError.
    """
    path = desk.ports.snapshots.large_file(snapshot, LARGE_BYTES)
    if path is None:
        return from_snapshot(desk.ports.snapshots.load(snapshot))
    whole = ParquetFrame(path)
    order = _in_time_order(whole)
    older, newest = order[: -EARLIER_ROWS // 2], order[-EARLIER_ROWS // 2 :]
    drawn = np.random.default_rng(seed).choice(older, size=min(EARLIER_ROWS // 2, len(older)), replace=False)
    return from_snapshot(whole.take(np.sort(np.concatenate([drawn, newest]))))


def spread_over(desk: Desk, snapshot: str, most: int) -> Spread:
    """Rows from all over a snapshot and its newest ones, at most so many of each. Raises NotFound, DataError."""
    path = desk.ports.snapshots.large_file(snapshot, LARGE_BYTES)
    if path is None:
        return Spread.over(from_snapshot(desk.ports.snapshots.load(snapshot)), most)
    whole = ParquetFrame(path)
    order = _in_time_order(whole)
    evenly, newest = order[places_rounded_down(len(order), most)], order[-most:]
    return Spread(
        rows=len(order),
        evenly=from_snapshot(whole.take(np.sort(evenly))),
        newest=from_snapshot(whole.take(np.sort(newest))),
    )


def _in_time_order(whole: ParquetFrame) -> np.ndarray:
    """Places by event time, those of one moment by arrival, as `from_snapshot` puts loaded rows."""
    return np.lexsort((whole[SEQ].to_numpy(), whole[TIME].to_numpy()))
