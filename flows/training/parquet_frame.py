"""A Parquet file as a training reads it: one column at a time to learn a schema, some rows at a time to encode them.

No more than a column, or one piece of rows, is in memory. It knows nothing of schemas or tensors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from pyarrow import parquet

from infra.domain.errors import DataError

PIECE_ROWS = 50_000


@dataclass(frozen=True)
class ParquetFrame:
    """n rows by column; an `infra.model.schema.Frame`."""

    path: Path
    piece_rows: int = PIECE_ROWS

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def __getitem__(self, name: str) -> pd.Series:
        """One column, read anew. Raises DataError when there is none of that name."""
        if name not in self.columns:
            raise DataError(f"{self.path.name} has no column {name!r}: it has {', '.join(map(repr, self.columns))}")
        return self._file.read(columns=[name]).to_pandas()[name]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(self._file.schema_arrow.names)

    def pieces(self) -> Iterator[pd.DataFrame]:
        """All rows in order, `piece_rows` at a time."""
        for batch in self._file.iter_batches(batch_size=self.piece_rows):
            yield batch.to_pandas()

    @cached_property
    def _file(self) -> parquet.ParquetFile:
        try:
            return parquet.ParquetFile(self.path)
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path} cannot be read as Parquet ({error}): write it again") from error
