"""A database that goes away and comes back: a SQLite file whose write lock somebody holds, a PostgreSQL that lets
nobody in. It knows nothing of the service."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import make_url, text

from infra.database import open_engine


@contextmanager
def away(database: str) -> Iterator[None]:
    """Nothing can be written there inside the block."""
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        with _locked(Path(url.database or "")):
            yield
    else:
        with _closed(database):
            yield


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def _closed(database: str) -> Iterator[None]:
    name = make_url(database).database
    engine = open_engine(beside(database, "postgres"))
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
            other.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
            ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            other.execute(ended, {"name": name})
            yield
            other.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    finally:
        engine.dispose()


def beside(database: str, name: str) -> str:
    """The URL of another database on the same server."""
    return make_url(database).set(database=name).render_as_string(hide_password=False)


def make_database(server: str, name: str) -> str:
    """The URL of a new, empty database on a PostgreSQL server."""
    engine = open_engine(server)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    finally:
        engine.dispose()
    return beside(server, name)
