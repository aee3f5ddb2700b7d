"""A history that is too large for memory becomes the snapshot of a first training, some rows at a time.

The newest rows judge and those before them stop the training, as of any history, but no more than memory holds at ease;
all others are learnt from, out of the snapshot's file. It decides nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from flows.desk import Desk
from flows.rows.frozen import OWN
from flows.training.drawing import places_rounded_down
from flows.training.examples import ID, PART, SEQ, TARGET, TIME, Part, from_snapshot
from flows.training.material import Material, Whole, first_cut
from flows.training.parquet_frame import ParquetFrame
from infra.domain.values import Answer
from infra.history.filed import FiledHistory
from infra.spill.disk import disk_error

MOST_HELD_OUT = 100_000
"""Rows that judge, and rows that stop the training, at most: more would say no more, and are answered in memory."""
DRAWN_ROWS = 50_000
"""Rows of all that are learnt from which the simple model learns, and which are looked at for corrections."""
GROUP_ROWS = 50_000


def file_material(desk: Desk, history: FiledHistory) -> Material:
    """Write the snapshot and cut it in time order.

    Raises:
        DataError: there are too few rows to cut.
        Unavailable: the disk has no room for it.
    """
    rows = len(history)
    validation, holdout = first_cut(rows, MOST_HELD_OUT)
    learnt = rows - holdout - validation
    draft = history.folder / "snapshot.parquet"
    _write(history, {"train": learnt, "validation": learnt + validation, "holdout": rows}, draft)
    path = desk.ports.snapshots.adopt(draft)
    start, end = history.times[[0, learnt - 1]].to_pydatetime()
    return Material(
        train=from_snapshot(ParquetFrame(path, rows=learnt).take(places_rounded_down(learnt, DRAWN_ROWS))),
        validation=from_snapshot(ParquetFrame(path, first=learnt, rows=validation).take(np.arange(validation))),
        holdout=from_snapshot(ParquetFrame(path, first=learnt + validation, rows=holdout).take(np.arange(holdout))),
        fresh_rows=learnt,
        replayed_rows=0,
        whole=Whole(
            frame=ParquetFrame(path, rows=learnt, own=OWN),
            target=cast(Sequence[Answer], history.target[:learnt]),
            start=start.replace(tzinfo=UTC),
            end=end.replace(tzinfo=UTC),
            snapshot=path.stem,
        ),
    )


def _write(history: FiledHistory, ends: dict[Part, int], path: Path) -> None:
    """All rows, part after part; every part begins a group of its own."""
    schema = pa.schema(
        [
            *((name, _type(column.names)) for name, column in history.columns.items()),
            (TARGET, pa.float64() if history.classes is None else pa.string()),
            (TIME, pa.timestamp("us", tz="UTC")),
            (ID, pa.string()),
            (SEQ, pa.int64()),
            (PART, pa.string()),
        ]
    )
    try:
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            for part, first, last in _groups(ends):
                writer.write_table(_table(history, schema, part, first, last))
    except OSError as error:
        raise disk_error(error, path) from error


def _groups(ends: dict[Part, int]) -> Iterator[tuple[Part, int, int]]:
    first = 0
    for part, end in ends.items():
        for start in range(first, end, GROUP_ROWS):
            yield part, start, min(start + GROUP_ROWS, end)
        first = end


def _table(history: FiledHistory, schema: pa.Schema, part: Part, first: int, last: int) -> pa.Table:
    frame = history.frame(first, last - first).assign(
        **{
            TARGET: history.target[first:last],
            TIME: history.times[first:last],
            ID: [f"history-{row}" for row in range(first, last)],
            SEQ: 0,
            PART: part,
        }
    )
    columns = [pa.array(frame[field.name], type=field.type, from_pandas=True) for field in schema]
    return pa.table(columns, schema=schema)


def _type(names: np.ndarray | None) -> pa.DataType:
    """What a column holds, by its distinct values; None: numbers."""
    if names is None:
        return pa.float64()
    found = pa.infer_type([name for name in names if name is not None and not pd.isna(name)])
    return pa.string() if pa.types.is_null(found) else found
