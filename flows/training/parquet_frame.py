"""A Parquet file as a training reads it: one column at a time to learn a schema, some rows at a time to encode them.

No more than a column, or one piece of rows, is in memory. It knows nothing of schemas or tensors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from infra.domain.errors import DataError
from infra.model.schema import Frame

PIECE_ROWS = 20_000


@dataclass(frozen=True)
class ParquetFrame:
    """n rows by column; an `infra.model.schema.Frame`.

    `first` and `rows` name a stretch of the file, all of it when left out. Columns in `own` are no features: they are
    read by name alone.
    """

    path: Path
    piece_rows: int = PIECE_ROWS
    first: int = 0
    rows: int | None = None
    own: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows) - self.first if self.rows is None else self.rows

    def __getitem__(self, name: str) -> pd.Series:
        """One column, read anew. Raises DataError when there is none of that name."""
        names = self._file.schema_arrow.names
        if name not in names:
            raise DataError(f"{self.path.name} has no column {name!r}: it has {', '.join(map(repr, names))}")
        column = self._file.read(columns=[name]).column(name).slice(self.first, len(self))
        return column.to_pandas().rename(name)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(name for name in self._file.schema_arrow.names if name not in self.own)

    def pieces(self) -> Iterator[pd.DataFrame]:
        """All rows in order, at most `piece_rows` at a time; what lies before or after the stretch is not read."""
        groups, at = self._groups()
        last = self.first + len(self)
        names = list(self.columns)
        for batch in self._file.iter_batches(batch_size=self.piece_rows, row_groups=groups, columns=names):
            start, stop = max(self.first, at), min(last, at + batch.num_rows)
            if start < stop:
                yield batch.slice(start - at, stop - start).to_pandas()
            at += batch.num_rows
            del batch
            pa.default_memory_pool().release_unused()  # Arrow would keep all that it once held

    def take(self, places: np.ndarray) -> pd.DataFrame:
        """These rows of the stretch, places from 0 in rising order, as a table in memory."""
        parts: list[pd.DataFrame] = []
        at = 0
        for piece in self.pieces():
            if parts and at > places[-1]:
                break
            here = places[(places >= at) & (places < at + len(piece))] - at
            parts.append(piece.iloc[here])
            at += len(piece)
        return pd.concat(parts, ignore_index=True)

    def _groups(self) -> tuple[list[int], int]:
        """(groups of the file that hold rows of the stretch, place in the file of the first of them)."""
        metadata = self._file.metadata
        ends = np.cumsum([metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)])
        starts = np.concatenate([[0], ends[:-1]])
        inside = np.flatnonzero((starts < self.first + len(self)) & (ends > self.first))
        return inside.tolist(), int(starts[inside[0]]) if len(inside) else 0

    @cached_property
    def _file(self) -> parquet.ParquetFile:
        try:
            return parquet.ParquetFile(self.path, memory_map=True)
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path} cannot be read as Parquet ({error}): write it again") from error


def pieces_of(frame: Frame) -> Iterator[pd.DataFrame]:
    """The rows of a frame in pandas frames: piece by piece where they lie in a file."""
    if isinstance(frame, ParquetFrame):
        yield from frame.pieces()
    else:
        yield pd.DataFrame(frame)
