"""How SQLite is set up so that what it acknowledged is on the disk. Knows nothing of tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from infra.domain.errors import Unavailable

BUSY_TIMEOUT_SECONDS = 30.0
IMMEDIATE = "keepsharp_immediate"
"""Execution option of a connection whose transactions take the write lock when they begin."""
PATIENCE = "keepsharp_patience"
"""Execution option of a connection: how many seconds its transactions wait for another process's lock."""


def wal_is_safe(version: str) -> bool:
    """Whether this SQLite is free of the WAL-reset corruption (3.7.0 to 3.51.2, with two or more connections).

    Source: sqlite.org/wal.html, fixed in 3.51.3 and in the branches 3.50.7 and 3.44.6.

    >>> [wal_is_safe(v) for v in ("3.40.1", "3.44.6", "3.45.0", "3.50.7", "3.51.2", "3.51.3", "3.52.0")]
    [False, True, False, True, False, True, True]
    """
    major, minor, patch = (*(int(part) for part in version.split(".")), 0, 0)[:3]
    if (major, minor) in ((3, 44), (3, 50)):
        return patch >= {44: 6, 50: 7}[minor]
    return (major, minor, patch) >= (3, 51, 3)


def journal_mode(version: str) -> str:
    """WAL where it is safe; else a rollback journal that is truncated.

    A deleted journal is not enough: with synchronous=FULL its folder is not synced, and a power cut can bring
    the journal back, which undoes a commit that was acknowledged.
    """
    return "WAL" if wal_is_safe(version) else "TRUNCATE"


def file_of(url: URL) -> Path:
    """The absolute file of a SQLite URL; its folder exists afterwards.

    Raises:
        Unavailable: the URL names no file, or the folder cannot be made.
    """
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise Unavailable(
            f"{url} names no file, so nothing would outlive the process: give sqlite:///FILE, or use "
            "infra.memory.memory_ports for a database that is meant to be forgotten"
        )
    path = Path(url.database).resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"the folder {path.parent} for the database cannot be made ({error.strerror}): "
            "name another by KEEPSHARP_HOME"
        ) from error
    return path


def configure(engine: Engine) -> None:
    """Durable commits, foreign keys, and transactions that we begin ourselves."""
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # the driver begins no transaction: _on_begin does
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA journal_mode={journal_mode(sqlite3.sqlite_version)}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
    record.info[PATIENCE] = BUSY_TIMEOUT_SECONDS


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    patience = options.get(PATIENCE, BUSY_TIMEOUT_SECONDS)
    if connection.info.get(PATIENCE) != patience:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={round(patience * 1000)}")
        connection.info[PATIENCE] = patience
    immediate = options.get(IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
