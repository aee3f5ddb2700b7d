"""Many new rows in few statements, each one call of the driver. Knows no record and no port.

A driver gives up the interpreter's lock for every statement that it runs, and has to wait for it afterwards while
another thread computes: with a statement a row it would mostly wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import orjson
from sqlalchemy import Connection, Dialect, Table

from infra.domain.errors import DataError

_MOST_ROWS = 2_048
"""In one statement for SQLite, which takes 32,766 values in one: no row may have more than 15."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Intake:
    """A table that takes many rows at once.

    The columns of `fixed` have one value for all rows. `numbered`, where there is one, counts the rows up. `columns`
    are given for each row; the first is never NULL.
    """

    table: Table
    fixed: tuple[str, ...]
    numbered: str | None
    columns: tuple[str, ...]

    def insert(self, connection: Connection, *fixed: object, rows: Sequence[tuple[object, ...]], last: int = 0) -> int:
        """Insert the rows whose keys are new, numbered from `last + 1` by their places in `rows`.

        Returns how many were inserted: those whose keys stood before, or earlier in `rows`, were left out.

        Raises:
            DataError: text that is not Unicode, or an integer of more than 64 bits.
        """
        add = self._add_sqlite if connection.dialect.name == "sqlite" else self._add_postgresql
        return add(connection, fixed, rows, last) if rows else 0

    def _add_sqlite(
        self, connection: Connection, fixed: tuple[object, ...], rows: Sequence[tuple[object, ...]], last: int
    ) -> int:
        inserted = 0
        for start in range(0, len(rows), _MOST_ROWS):
            some = rows[start : start + _MOST_ROWS]
            size = 1 << (len(some) - 1).bit_length()  # few sizes, so that the driver keeps each compiled
            number = () if self.numbered is None else (last + start,)
            no_rows = (None,) * (len(self.columns) * (size - len(some)))
            values = (*fixed, *number, *chain.from_iterable(some), *no_rows)
            inserted += connection.exec_driver_sql(_sqlite_insert(self, size), values).rowcount
        return inserted

    def _add_postgresql(
        self, connection: Connection, fixed: tuple[object, ...], rows: Sequence[tuple[object, ...]], last: int
    ) -> int:
        number = () if self.numbered is None else (last,)
        named = [dict(zip(self.columns, row, strict=True)) for row in rows]
        try:
            given = orjson.dumps(named).decode()  # one value: the driver turns an array's entries to text one by one
        except TypeError as error:
            raise DataError(f"rows for {self.table.name} cannot be stored: {error}") from error
        statement = _postgresql_insert(self, connection.dialect)
        return connection.exec_driver_sql(statement, (*fixed, *number, given)).rowcount


@lru_cache(maxsize=32)
def _sqlite_insert(intake: Intake, size: int) -> str:
    leading = _leading(intake, [f"?{place}" for place in range(1, len(intake.fixed) + 2)], "column1")
    given = [f"column{place}" for place in range(2, len(intake.columns) + 2)]
    marks = ",?" * len(intake.columns)
    values = ",".join(f"({place}{marks})" for place in range(1, size + 1))
    rows = f"(VALUES {values}) WHERE column2 IS NOT NULL"
    return f"{_into(intake)} SELECT {', '.join(leading + given)} FROM {rows} {_KEEP}"  # noqa: S608  our own names


@lru_cache(maxsize=32)
def _postgresql_insert(intake: Intake, dialect: Dialect) -> str:
    types = {column.name: column.type.compile(dialect) for column in intake.table.columns}
    taken = [f"%s::{types[name]}" for name in (*intake.fixed, intake.numbered) if name is not None]
    leading = _leading(intake, taken, "place")
    shape = ", ".join(f"{name} {types[name]}" for name in intake.columns)
    rows = f"ROWS FROM (json_to_recordset(%s::json) AS ({shape})) WITH ORDINALITY"
    names = ", ".join(intake.columns)
    return f"{_into(intake)} SELECT {', '.join(leading)}, {names} FROM {rows} AS given({names}, place) {_KEEP}"  # noqa: S608  our own names


_KEEP = "ON CONFLICT DO NOTHING"


def _into(intake: Intake) -> str:
    numbered = () if intake.numbered is None else (intake.numbered,)
    return f"INSERT INTO {intake.table.name} ({', '.join((*intake.fixed, *numbered, *intake.columns))})"


def _leading(intake: Intake, taken: list[str], place: str) -> list[str]:
    """Where the fixed columns come from, and the numbered one: `taken` names their values, `place` a row's."""
    fixed = taken[: len(intake.fixed)]
    return fixed if intake.numbered is None else [*fixed, f"{taken[len(intake.fixed)]} + {place}"]
