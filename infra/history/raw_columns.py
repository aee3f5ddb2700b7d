"""A source's columns that lie in Parquet files: one is in memory while it is looked at, never all of them.

A column has the values that the source read whole would have. It knows nothing of what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from pyarrow import parquet

from infra.domain.errors import DataError
from infra.history.tabular import plain_series, refuse_repeated

PIECE_ROWS = 200_000
"""Rows of one column that are looked at together, where it need not be whole."""
_UNNAMED_INDEX = "__index_level_"


@dataclass(frozen=True)
class RawColumns:
    """n rows by column, file after file; every file has the same columns, though not always of the same kind."""

    paths: tuple[Path, ...]

    @classmethod
    def of(cls, paths: Sequence[Path]) -> RawColumns:
        """Raises DataError when a file cannot be read, or two columns have one name."""
        columns = cls(tuple(paths))
        refuse_repeated(list(columns.columns), str(paths[0]))
        return columns

    def __len__(self) -> int:
        return sum(file.metadata.num_rows for file in self._files)

    def __getitem__(self, name: str) -> pd.Series:
        """One column whole, read anew."""
        stored = self._stored[name]
        parts = [plain_series(file.read(columns=[stored]).column(stored).to_pandas()) for file in self._files]
        return (pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]).rename(name)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names, in order: the index of a stored pandas frame comes first, as pandas puts it."""
        return tuple(self._stored)

    def pieces(self, name: str) -> Iterator[tuple[int, pd.Series]]:
        """One column in stretches, each with the place of its first row."""
        at, stored = 0, self._stored[name]
        for file in self._files:
            for batch in file.iter_batches(batch_size=PIECE_ROWS, columns=[stored]):
                yield at, plain_series(batch.column(0).to_pandas()).rename(name)
                at += batch.num_rows

    @cached_property
    def _stored(self) -> dict[str, str]:
        """The column of the file by the name it goes by here."""
        schema = self._files[0].schema_arrow
        index = [name for name in (schema.pandas_metadata or {}).get("index_columns", []) if isinstance(name, str)]
        names = [*index, *(name for name in schema.names if name not in index)]
        return {("index" if name.startswith(_UNNAMED_INDEX) else name): name for name in names}

    @cached_property
    def _files(self) -> list[parquet.ParquetFile]:
        try:
            return [parquet.ParquetFile(path) for path in self.paths]
        except (OSError, ValueError) as error:
            raise DataError(f"{self.paths[0]} cannot be read as Parquet ({error}): write it again") from error


def stored_bytes(path: Path) -> int:
    """What all columns of a Parquet file take, unpacked. Raises DataError when it cannot be read."""
    try:
        metadata = parquet.read_metadata(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as Parquet ({error}): write it again") from error
    return sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
