"""Transactions: one that reads, one that writes, and what goes wrong in them in keepsharp's words.

Every write transaction takes its write lock when it begins, so that two processes never deadlock while upgrading a
read lock; every commit has reached the disk when it returns. Knows nothing of tables or records.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, exc

from infra import sqlite
from infra.domain.errors import DataError, StorageFull, Unavailable
from infra.turns import MOST_SECONDS, Turns

TURNS = "keepsharp_turns"
"""Execution option of an engine: where threads and processes queue before they write."""
SHORT_PATIENCE_SECONDS = 2.0
"""How long what a caller waits for may wait for another's lock, where there is another way for it."""
_POSTGRESQL_DISK_FULL = "53100"


@contextmanager
def reading(engine: Engine, patience_seconds: float | None = None) -> Iterator[Connection]:
    """A transaction that only reads; `patience_seconds` as for `writing`.

    Raises:
        Unavailable: the database did not answer.
    """
    options = {} if patience_seconds is None else {sqlite.PATIENCE: patience_seconds}
    with _translated(engine), engine.connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def writing(engine: Engine, patience_seconds: float | None = None) -> Iterator[Connection]:
    """A transaction that writes: durable when the block ends, undone when it raises.

    It waits for another's lock for `patience_seconds`; by default for 30 s on SQLite, and on PostgreSQL for as long
    as the server is set to.

    Raises:
        StorageFull: the database's disk has no room left.
        Unavailable: the database did not answer, or another kept it locked for too long.
        DataError: a value that the database cannot hold.
    """
    options: dict[str, object] = {sqlite.IMMEDIATE: True}
    if patience_seconds is not None:
        options[sqlite.PATIENCE] = patience_seconds
    with (
        _translated(engine),
        _turn(engine, patience_seconds),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        if patience_seconds is not None and engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(patience_seconds * 1000)}")
        yield connection


@contextmanager
def _turn(engine: Engine, patience_seconds: float | None) -> Iterator[None]:
    turns: Turns | None = engine.get_execution_options().get(TURNS)
    if turns is None:
        yield
        return
    with turns.taken(patience_seconds) as is_ours:
        if not is_ours:
            raise Unavailable(
                f"others have been writing to the database {engine.url.render_as_string(hide_password=True)} for "
                f"{MOST_SECONDS if patience_seconds is None else patience_seconds:g} s: {_ADVICE['sqlite']}"
            )
        yield


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (exc.SQLAlchemyError, UnicodeEncodeError, OverflowError) as error:
        translation = _translate(error, engine)
        if translation is None:
            raise
        raise translation from error


def _translate(error: Exception, engine: Engine) -> Unavailable | DataError | None:
    name = engine.url.render_as_string(hide_password=True)
    reason = " ".join(str(getattr(error, "orig", error)).split())
    if isinstance(error, exc.TimeoutError):
        return Unavailable(f"all connections to the database {name} are busy: send less at once, or run more replicas")
    if _is_full(getattr(error, "orig", None)):
        return StorageFull(
            f"the disk of the database {name} has no room left ({reason}): make room there, and it goes on by itself"
        )
    if isinstance(error, exc.OperationalError | exc.InterfaceError | exc.InternalError):
        return Unavailable(f"the database {name} did not do its work ({reason}): {_ADVICE[engine.dialect.name]}")
    if isinstance(error, exc.DataError | UnicodeEncodeError | OverflowError):
        return DataError(
            f"the database cannot hold a value ({reason}): send text without NUL characters or lone surrogates, and "
            "whole numbers below 2^63"
        )
    if type(error) is exc.DatabaseError:  # its children are about the statement, not the database
        return Unavailable(
            f"the database {name} cannot be read ({reason}): restore it from a backup, or name another file"
        )
    return None


def _is_full(error: object) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(error, "sqlstate", None) == _POSTGRESQL_DISK_FULL


_ADVICE = {
    "sqlite": "check that its folder can be written, that the disk has room, and that no other program keeps it locked",
    "postgresql": "check that the server runs and that KEEPSHARP_DATABASE_URL names it, then try again",
}
