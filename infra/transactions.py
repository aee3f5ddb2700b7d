"""Transactions: one that reads, one that writes, and what goes wrong in them in keepsharp's words.

Every write transaction takes its write lock when it begins, so that two processes never deadlock while upgrading a
read lock; every commit has reached the disk when it returns. Knows nothing of tables or records.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import Connection, Engine, exc

from infra import sqlite
from infra.domain.errors import DataError, Unavailable

TURN = "keepsharp_turn"
"""Execution option of an engine: the lock that threads of this process queue on before they write."""


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads.

    Raises:
        Unavailable: the database did not answer.
    """
    with _translated(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: durable when the block ends, undone when it raises.

    Raises:
        Unavailable: the database did not answer, or another process kept it for more than 30 s.
        DataError: a value that the database cannot hold.
    """
    turn = engine.get_execution_options().get(TURN) or nullcontext()
    with (
        _translated(engine),
        turn,
        engine.connect().execution_options(**{sqlite.IMMEDIATE: True}) as connection,
        connection.begin(),
    ):
        yield connection


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


_ADVICE = {
    "sqlite": "check that its folder can be written, that the disk has room, and that no other program keeps it locked",
    "postgresql": "check that the server runs and that KEEPSHARP_DATABASE_URL names it, then try again",
}
