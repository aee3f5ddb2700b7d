"""Opens the database, SQLite or PostgreSQL. Knows nothing of tables or records."""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine, event, exc, make_url

from infra import sqlite
from infra.domain.errors import Unavailable
from infra.migrating import migrate
from infra.transactions import TURNS
from infra.turns import Turns

__all__ = ["migrate", "open_engine"]

# The connection used last is used next: its pages and its compiled statements are at hand.
_POOL = {"pool_size": 10, "max_overflow": 40, "pool_use_lifo": True}
# Each connection to a SQLite file keeps 2 MB of pages, and prepared statements, of which those that name many rows are
# large and differ with their number. One at a time writes: few connections are kept open, and few statements of each,
# so that a process does not grow for hours by connections that are used now and then.
_SQLITE_POOL = {"pool_size": 3, "max_overflow": 47, "pool_use_lifo": True}
_KEPT_STATEMENTS = 32
# A server that vanished without a word (its host lost power, a cable was pulled) is given up after 5 s, since
# predictions wait for it: by `tcp_user_timeout` what was sent to it, by the keepalives an answer of it.
_GIVES_UP = {
    "connect_timeout": 5,
    "tcp_user_timeout": 5_000,  # milliseconds
    "keepalives": 1,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 2,
}


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///FILE` (its folder is created) or `postgresql+psycopg://…`; nothing is sent yet.

    Raises:
        Unavailable: the URL names no database that keepsharp can use, or the folder cannot be made.
    """
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise Unavailable(_wrong_url("the database URL cannot be read")) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(parsed)
    if backend in ("postgresql", "postgres"):
        return _open_postgresql(parsed)
    raise Unavailable(_wrong_url(f"keepsharp cannot use a {backend!r} database"))


def _open_sqlite(url: URL) -> Engine:
    path = sqlite.file_of(url)
    turns = Turns(path)
    engine = create_engine(
        url.set(drivername="sqlite", database=str(path)),
        execution_options={TURNS: turns},
        connect_args={"timeout": sqlite.BUSY_TIMEOUT_SECONDS, "cached_statements": _KEPT_STATEMENTS},
        **_SQLITE_POOL,
    )
    sqlite.configure(engine)
    event.listen(engine, "engine_disposed", lambda _: turns.close())
    return engine


def _open_postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={name: value for name, value in _GIVES_UP.items() if name not in url.query},
        pool_pre_ping=True,
        **_POOL,
    )


def _wrong_url(problem: str) -> str:
    return f"{problem}: set KEEPSHARP_DATABASE_URL to sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
