"""A table from a database: one select, in a transaction that is always rolled back and may not write."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from infra.domain.errors import DataError, Mistake, SpecError, Unavailable
from infra.history.table import Table, row_of
from infra.history.tabular import plain_frame

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
    engine, shown = _engine(url)
    _require_select(query, shown)
    try:
        with engine.connect() as connection:
            if engine.dialect.name in _READ_ONLY:
                connection.execute(sa.text(_READ_ONLY[engine.dialect.name]))
            result = connection.exec_driver_sql(query.strip().rstrip(";"))
            frame = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
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
    frame = plain_frame(frame, shown)
    return Table(frame=frame, source=shown, sha256=_digest(frame), place=row_of)


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


def _digest(frame: pd.DataFrame) -> str:
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
