"""CSV and Parquet files → tables. It decides nothing about the columns, save how a CSV file separates them."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.io.parsers import TextFileReader

from infra.domain.errors import DataError
from infra.history.numbers import is_coded
from infra.history.table import Table, line_of, row_of

MISSING = ["", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "?", "#N/A", "<NA>"]
"""How a CSV file writes a missing value. `None` is not among them: it is a class and a category of its own."""

_UNREADABLE = (csv.Error, pd.errors.ParserError, pd.errors.ParserWarning, ValueError, OSError, EOFError, zlib.error)
_HEADER_BYTES = 65_536
_SAMPLE_ROWS = 1_000
"""Rows searched for codes with leading zeros, which must not become numbers."""


def read_csv(path: Path, sha256: str, *, as_text: Sequence[str] = ()) -> Table:
    """Read a CSV file, gzipped or not; the separator is the one the header uses.

    Raises:
        DataError: not text, no header, repeated names, or lines that do not fit it.
    """
    with csv_problems(path):
        form = CsvForm.of(path, as_text)
        frame = form.read(form.as_text)
    empty = frame.isna().all(axis=1)
    kept = frame.index[~empty].to_numpy()
    frame = frame.loc[~empty].reset_index(drop=True)
    return Table(
        frame=frame,
        source=str(path),
        sha256=sha256,
        place=lambda row: line_of(int(kept[row])),
        notes=empty_lines_note(int(empty.sum())),
    )


def empty_lines_note(count: int) -> tuple[str, ...]:
    """What is said about lines without any value."""
    return (f"{count} empty lines were passed over",) if count else ()


@contextmanager
def csv_problems(path: Path) -> Iterator[None]:
    """Around reading: what is wrong with the file, as a DataError that says so."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error}): save it as CSV in UTF-8") from error
    except _UNREADABLE as error:
        raise DataError(f"{path} cannot be read as CSV ({str(error).strip()}): correct the file") from error


@dataclass(frozen=True, kw_only=True)
class CsvForm:
    """How a CSV file is written: what separates its columns, their names, and which are always text."""

    path: Path
    separator: str
    names: list[str]
    as_text: list[str]

    @classmethod
    def of(cls, path: Path, as_text: Sequence[str]) -> CsvForm:
        """By the header and the first lines. Raises DataError, and what pandas raises on lines that do not fit."""
        separator, names = _header(path)
        bare = cls(path=path, separator=separator, names=names, as_text=[])
        sample = bare.read(names, rows=_SAMPLE_ROWS)
        coded = [name for name in names if is_coded(sample[name])]
        return replace(bare, as_text=[*coded, *(name for name in as_text if name in names and name not in coded)])

    def read(self, as_text: Sequence[str], rows: int | None = None) -> pd.DataFrame:
        """All rows, or the first `rows`."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a line longer than the header
            frame = pd.read_csv(self.path, nrows=rows, dtype=dict.fromkeys(as_text, object), **self._options())
        return pd.DataFrame({name: _with_gaps(frame[name]) for name in frame})

    def reader(self, dtypes: Mapping[str, type], rows: int) -> TextFileReader:
        """`rows` rows at a time; close it. pandas passes over what the first of them holds beyond the header."""
        return pd.read_csv(self.path, chunksize=rows, dtype=dict(dtypes), **self._options())

    def _options(self) -> dict[str, Any]:
        return {
            "sep": self.separator,
            "encoding": "utf-8-sig",
            "header": 0,
            "names": self.names,
            "keep_default_na": False,
            "na_values": MISSING,
            "low_memory": False,
            "skipinitialspace": True,
            "index_col": False,
            "skip_blank_lines": False,
        }


def _with_gaps(values: pd.Series) -> pd.Series:
    """pandas leaves missing values as they are written beside whole numbers that no type of 64 bits holds."""
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values
    written = values.isin(MISSING)
    return values.mask(written) if written.any() else values


def read_parquet(path: Path, sha256: str) -> Table:
    """Read a Parquet file.

    Raises:
        DataError: it is damaged or no Parquet file.
    """
    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError, KeyError) as error:
        raise DataError(f"{path} cannot be read as Parquet ({str(error).strip()}): write it again") from error
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(names=[name for name in frame.index.names if name] or None)
    return Table(frame=plain_frame(frame, str(path)), source=str(path), sha256=sha256, place=row_of)


def plain_frame(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """The frame with text names, categories as their values, and numpy's own kinds of column.

    Raises:
        DataError: two columns have one name.
    """
    names = [str(name) for name in frame.columns]
    refuse_repeated(names, source)
    columns = {name: plain_series(frame.iloc[:, place].reset_index(drop=True)) for place, name in enumerate(names)}
    return pd.DataFrame(columns)


def plain_series(series: pd.Series) -> pd.Series:
    """The column as one of numpy's own kinds, or as objects with None where missing."""
    dtype = series.dtype
    is_numpy = not isinstance(dtype, pd.api.extensions.ExtensionDtype)
    if is_numpy or isinstance(dtype, pd.DatetimeTZDtype):
        return series
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        return pd.Series(series.to_numpy(dtype="float64", na_value=float("nan")))
    return series.astype(object).where(series.notna(), None).infer_objects()


def _header(path: Path) -> tuple[str, list[str]]:
    """(separator, column names). A name may hold a line break between quotes; lines end as on any system."""
    try:
        with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as stream:
            start = stream.read(_HEADER_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): is it the file you mean, and complete?") from error
    if not start.strip():
        raise DataError(f"{path} is empty: give a file with a header line and rows")
    text = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode(start)
    line = re.split("[\r\n]", text, maxsplit=1)[0]
    if "\ufffd" in line:
        raise DataError(f"{path} is not UTF-8 text: save it as CSV in UTF-8")
    if "\0" in line:
        raise DataError(f"{path} is not text, although its name says CSV: give {path.suffix} data or rename it")
    if not line.strip():
        raise DataError(f"{path} begins with an empty line: its first line has to name the columns")
    separator = max(",;\t|", key=lambda mark: (line.count(mark), mark == ","))
    names = [name.strip() for name in next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))]
    names = [name or f"column_{place + 1}" for place, name in enumerate(names)]
    refuse_repeated(names, str(path))
    return separator, names


def refuse_repeated(names: list[str], source: str) -> None:
    """Raises DataError when two columns have one name."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(f"{source} has more than one column named {repeated[0]!r}: rename one of them")
