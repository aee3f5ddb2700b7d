"""A CSV file that is too large for memory → a Parquet file of its columns, in two passes over some lines at a time.

The first pass finds out what each column holds all through, since a text far down makes texts of the numbers before
it; the second writes. A column has the values that reading the file whole would have given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from infra.history.raw_columns import RawColumns
from infra.history.table import Table, line_of
from infra.history.tabular import CsvForm, csv_problems, empty_lines_note
from infra.spill.disk import disk_error

VALUES_AT_ONCE = 2_000_000
"""Values that are read at once."""
_Seen = Literal["nothing", "truth", "some truth", "whole", "unsigned", "number", "text"]
"""Of these "unsigned" are whole numbers of which some are beyond the signed ones of 64 bits."""
_TYPES = {
    "whole": pa.int64(),
    "unsigned": pa.uint64(),
    "number": pa.float64(),
    "truth": pa.bool_(),
    "text": pa.string(),
}
_READ_AS: dict[str, type] = {
    "whole": np.int64,
    "unsigned": np.uint64,
    "number": np.float64,
    "truth": object,
    "text": object,
}


def read_large_csv(path: Path, sha256: str, folder: Path, *, as_text: Sequence[str] = ()) -> Table:
    """Read a CSV file, gzipped or not, into a file in `folder`.

    Raises:
        DataError: not text, no header, repeated names, or lines that do not fit it.
    """
    with csv_problems(path):
        form = CsvForm.of(path, as_text)
        kinds = _kinds(form)
        written = folder / "source.parquet"
        empty = _write(form, kinds, written)
    return Table(
        frame=RawColumns.of([written]),
        source=str(path),
        sha256=sha256,
        place=lambda row: line_of(_line(empty, row)),
        notes=empty_lines_note(len(empty)),
    )


@dataclass
class _Column:
    """What a column held so far."""

    seen: set[_Seen] = field(default_factory=set)
    missing: bool = False
    negative: bool = False

    def look(self, values: pd.Series) -> None:
        seen = _seen(values)
        self.seen.add(seen)
        self.missing = self.missing or bool(values.isna().any())
        self.negative = self.negative or (seen == "whole" and bool((values < 0).any()))

    @property
    def kind(self) -> str:
        """What the column is all through, as pandas would have found."""
        seen = self.seen - {"nothing"}
        if seen <= {"whole", "number"}:
            return "whole" if seen == {"whole"} and not self.missing else "number"
        if seen <= {"whole", "unsigned", "number"}:
            return "number" if "number" in seen else self._unsigned
        return "truth" if seen <= {"truth", "some truth"} else "text"

    @property
    def _unsigned(self) -> str:
        """Only text keeps the digits of large numbers beside negative or missing ones."""
        return "text" if self.missing or self.negative else "unsigned"


def _seen(values: pd.Series) -> _Seen:
    if values.dtype == bool:
        return "truth"
    if values.dtype.kind in "iu":
        return "whole" if values.dtype.kind == "i" else "unsigned"
    present = values.dropna()
    if present.empty:
        return "nothing"
    if values.dtype.kind == "f":  # whole numbers come so where some are missing
        return "whole" if len(present) < len(values) and (present % 1 == 0).all() else "number"
    return "some truth" if present.map(lambda value: isinstance(value, bool)).all() else "text"


def _kinds(form: CsvForm) -> dict[str, str]:
    columns = {name: _Column() for name in form.names}
    for chunk in _chunks(form, dict.fromkeys(form.as_text, object)):
        for name, column in columns.items():
            column.look(chunk[name])
    return {name: "text" if name in form.as_text else column.kind for name, column in columns.items()}


def _write(form: CsvForm, kinds: Mapping[str, str], path: Path) -> np.ndarray:
    """Write the rows that are not empty; the places of those that are, in order."""
    dtypes = {name: _READ_AS[kind] for name, kind in kinds.items()}
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in kinds.items()])
    empty, at = [np.zeros(0, dtype=np.int64)], 0
    with parquet.ParquetWriter(path, schema) as writer:
        for chunk in _chunks(form, dtypes, longer=1):  # other first lines, which pandas does not look at so closely
            nothing = chunk.isna().all(axis=1).to_numpy()
            empty.append(np.flatnonzero(nothing) + at)
            at += len(chunk)
            kept = chunk.loc[~nothing]
            _put(writer, pa.table([_array(kept[name], kinds[name]) for name in schema.names], schema=schema), path)
    return np.concatenate(empty)


def _put(writer: parquet.ParquetWriter, rows: pa.Table, path: Path) -> None:
    try:
        writer.write_table(rows)
    except OSError as error:
        raise disk_error(error, path) from error


def _array(values: pd.Series, kind: str) -> pa.Array:
    if kind == "truth":
        values = values.map(lambda value: value.lower() == "true", na_action="ignore")
    return pa.array(values, type=_TYPES[kind], from_pandas=True)


def _chunks(form: CsvForm, dtypes: Mapping[str, type], longer: int = 0) -> Iterator[pd.DataFrame]:
    rows = max(1_000, VALUES_AT_ONCE // len(form.names)) + longer
    with form.reader(dtypes, rows) as reader:
        yield from reader


def _line(empty: np.ndarray, row: int) -> int:
    """Place in the file of the row that is in place `row` once empty lines are left out.

    >>> [_line(np.array([1, 2]), row) for row in range(3)]
    [0, 3, 4]
    """
    return row + int(np.searchsorted(empty - np.arange(len(empty)), row, side="right"))
