"""A table from a database: one select, in a transaction that is always rolled back and may not write.

Rows that are too many for memory are fetched some at a time, and lie in files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import parquet
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from infra.domain.errors import DataError, Mistake, SpecError, Unavailable
from infra.history.raw_columns import RawColumns
from infra.history.table import Table, row_of
from infra.history.tabular import plain_frame
from infra.spill.disk import disk_error

VALUES_AT_ONCE = 1_000_000
"""Values that are fetched at once."""
_VALUE_BYTES = 64
"""What one takes as the driver gives it: an object and its place in a row."""
_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
}


def read_query(url: str, query: str) -> Table:
    """Run one select and read all its rows; passwords in the URL never reach a message.

    Raises:
        SpecError: the URL names no database that can be opened, or the query is no single select.
        Unavailable: the database did not answer.
        DataError: the database refused the query.
    """
    with _selected(url, query) as (result, shown):
        return _whole(result.fetchall(), list(result.keys()), shown)


def read_large_query(url: str, query: str, folder: Path, above_bytes: int) -> Table:
    """The same through a cursor of the server; rows that take more than `above_bytes` go to files in `folder`.

    Raises:
        SpecError, Unavailable, DataError: as `read_query` does.
    """
    with _selected(url, query) as (result, shown):
        names = list(result.keys())
        size = max(1_000, VALUES_AT_ONCE // max(1, len(names)))
        rows: list[Sequence[object]] = []
        for chunk in result.partitions(size):
            rows += chunk
            if len(rows) * len(names) * _VALUE_BYTES > above_bytes:
                return _filed(rows, result.partitions(size), names, folder, shown)
        return _whole(rows, names, shown)


def _whole(rows: Sequence[Sequence[object]], names: list[str], shown: str) -> Table:
    frame = plain_frame(pd.DataFrame(rows, columns=names), shown)
    return Table(
        frame=frame, source=shown, sha256=hashlib.sha256(_written(frame, header=True)).hexdigest(), place=row_of
    )


def _filed(
    first: Sequence[Sequence[object]],
    rest: Iterable[Sequence[Sequence[object]]],
    names: list[str],
    folder: Path,
    shown: str,
) -> Table:
    """Each chunk in a file of its own, since what a column holds may change from one to the next."""
    digest = hashlib.sha256()
    paths: list[Path] = []
    for rows in chain([first], rest):
        frame = plain_frame(pd.DataFrame(rows, columns=names), shown)
        digest.update(_written(frame, header=not paths))
        paths.append(folder / f"source-{len(paths)}.parquet")
        try:
            parquet.write_table(_storable(frame), paths[-1])
        except OSError as error:
            raise disk_error(error, paths[-1]) from error
    return Table(frame=RawColumns.of(paths), source=shown, sha256=digest.hexdigest(), place=row_of)


def _storable(frame: pd.DataFrame) -> pa.Table:
    """Values of several kinds in one column, or of one that no file holds, are kept as they are written."""
    columns = {}
    for name in frame.columns:
        try:
            columns[name] = pa.array(frame[name], from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            columns[name] = pa.array([None if value is None else str(value) for value in frame[name]], type=pa.string())
    return pa.table(columns)


@contextmanager
def _selected(url: str, query: str) -> Iterator[tuple[sa.CursorResult[Any], str]]:
    """(the rows of the select, unread; the URL without its password)."""
    engine, shown = _engine(url)
    _require_select(query, shown)
    try:
        with engine.connect().execution_options(stream_results=True) as connection:
            if engine.dialect.name in _READ_ONLY:
                connection.execute(sa.text(_READ_ONLY[engine.dialect.name]))
            yield connection.exec_driver_sql(query.strip().rstrip(";")), shown
            connection.rollback()
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        if error.connection_invalidated or "connect" in reason.lower() or "unable to open" in reason.lower():
            raise Unavailable(f"{shown} did not answer ({reason}): check the address and that it runs") from error
        raise DataError(f"{shown} refused data.query ({reason}): correct the query") from error
    except SQLAlchemyError as error:
        raise DataError(f"{shown}: data.query failed ({error}): correct the query") from error
    finally:
        engine.dispose()


def _engine(url: str) -> tuple[sa.Engine, str]:
    """The engine, and the URL with its password hidden."""
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
            raise Unavailable(f"{url} names no SQLite file: correct data.source")  # SQLite would make an empty one
        return sa.create_engine(parsed), parsed.render_as_string(hide_password=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
        kind = url.split("://", 1)[0]
        problem = (
            f"`{kind}://…` names no database that can be opened here: write e.g. `postgresql+psycopg://user@host/db`"
        )
        raise SpecError("database", [Mistake(where="data.source", line=None, problem=problem)]) from error


def _require_select(query: str, shown: str) -> None:
    text = query.strip().rstrip(";")
    first = text.split(None, 1)[0].lower() if text else ""
    if first not in ("select", "with") or ";" in text:
        problem = f"must be one `select` (or `with … select`); got `{text[:60]}`"
        raise SpecError(shown, [Mistake(where="data.query", line=None, problem=problem)])


def _written(frame: pd.DataFrame, *, header: bool) -> bytes:
    text: str = frame.to_csv(index=False, header=header)
    return text.encode()
