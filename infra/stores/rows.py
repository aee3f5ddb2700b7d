"""Insert, replace and read rows of the tables that keep one record a row. Knows no particular record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

from infra.stores.records import from_row

R = TypeVar("R")

CHUNK = 1000
"""Values in one IN list: well below what either database takes."""


def inserting(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """INSERT with ON CONFLICT, which both databases know under one name."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def replace(connection: Connection, table: Table, keys: Sequence[str], row: Mapping[str, object]) -> None:
    """Insert the row, or put it in the place of the one with the same keys."""
    others = {name: value for name, value in row.items() if name not in keys}
    connection.execute(inserting(connection, table).values(row).on_conflict_do_update(index_elements=keys, set_=others))


def replace_all(
    connection: Connection,
    table: Table,
    keys: Sequence[str],
    rows: Sequence[Mapping[str, object]],
    *,
    besides: Sequence[str] = (),
    only: ColumnElement[bool] | None = None,
) -> None:
    """As `replace`, row after row; all have the same columns.

    Of a row that is there the columns `besides` stay as they are, and all of it where `only` does not hold.
    """
    if rows:
        insert = inserting(connection, table)
        others = {name: insert.excluded[name] for name in rows[0] if name not in (*keys, *besides)}
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=others, where=only), rows)


def keep_first(connection: Connection, table: Table, keys: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows whose keys are new; the others stay as they are."""
    if rows:
        connection.execute(inserting(connection, table).on_conflict_do_nothing(index_elements=keys), rows)


def records(connection: Connection, query: Select[tuple[object, ...]], kind: type[R]) -> list[R]:
    """The rows that the query finds, as records."""
    found = connection.execute(query)
    names = [str(name) for name in found.keys()]  # noqa: SIM118  a result has keys() and is no mapping
    return [from_row(kind, dict(zip(names, row, strict=True))) for row in found]


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """The distinct values, `CHUNK` at a time."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]
