from __future__ import annotations

import sqlite3
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from infra.database import open_engine
from infra.domain.errors import DataError, Unavailable
from infra.sqlite import journal_mode
from infra.transactions import reading, writing


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("no url", "cannot be read"),
        ("mysql://u:secret@host/db", "'mysql'"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:x?mode=memory&uri=true", "names no file"),
    ],
)
def test_refuses_what_it_cannot_use_and_keeps_the_password(url: str, problem: str) -> None:
    with pytest.raises(Unavailable, match=problem) as found:
        open_engine(url)
    assert "secret" not in str(found.value)


def test_makes_the_folder_of_its_file(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new/folder/k.db")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    engine.dispose()
    assert (tmp_path / "new/folder/k.db").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"file/under.*KEEPSHARP_HOME"):
        open_engine(f"sqlite:///{tmp_path}/file/under/k.db")


def test_every_connection_is_durable_and_strict(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as one, reading(sqlite_engine) as two:
        for connection in (one, two):
            found = {
                name: connection.scalar(text(f"PRAGMA {name}"))
                for name in ("synchronous", "foreign_keys", "busy_timeout", "journal_mode")
            }
            mode = journal_mode(sqlite3.sqlite_version).lower()
            assert found == {"synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000, "journal_mode": mode}


def test_a_write_that_fails_leaves_nothing(sqlite_engine: Engine) -> None:
    add = text("INSERT INTO leases (model, token, expires_at) VALUES (:model, 1, 0)")

    def add_twice() -> None:
        with writing(sqlite_engine) as connection:
            connection.execute(add, {"model": "a"})
            connection.execute(add, {"model": "a"})

    with pytest.raises(IntegrityError):
        add_twice()
    with reading(sqlite_engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM leases")) == 0


def test_a_write_that_reads_first_never_meets_another(sqlite_engine: Engine) -> None:
    """Two engines are two processes to SQLite: with deferred locks this ends in `database is locked`."""
    other = open_engine(str(sqlite_engine.url))
    start = threading.Barrier(2)

    def count_up(engine: Engine) -> None:
        start.wait()
        for _ in range(10):
            with writing(engine) as connection:
                value = connection.scalar(text("SELECT last FROM sequences WHERE model = 'm'"))
                connection.execute(text("UPDATE sequences SET last = :next"), {"next": value + 1})

    with writing(sqlite_engine) as connection:
        connection.execute(text("INSERT INTO sequences (model, last) VALUES ('m', 0)"))
    threads = [threading.Thread(target=count_up, args=[engine]) for engine in (sqlite_engine, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.dispose()
    with reading(sqlite_engine) as connection:
        assert connection.scalar(text("SELECT last FROM sequences")) == 20


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    path.write_bytes(b"this is not a database, whatever its name says" * 100)
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match=r"k.db.*backup"), reading(engine) as connection:
        connection.execute(text("SELECT 1 FROM sqlite_master"))
    engine.dispose()


def test_a_database_that_another_program_locks_is_unavailable(sqlite_engine: Engine) -> None:
    hurried = open_engine(str(sqlite_engine.url))
    with closing(sqlite3.connect(str(sqlite_engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"), writing(hurried, 0.001):
            pytest.fail("two writers at once")
    hurried.dispose()


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    engine = open_engine("postgresql://ana:secret@127.0.0.1:1/keepsharp")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1.*KEEPSHARP_DATABASE_URL") as found, reading(engine):
        pytest.fail("something answered")
    assert "secret" not in str(found.value)


@pytest.mark.postgres
def test_a_server_that_vanished_is_noticed_soon_unless_the_url_says_otherwise(postgres_url: str) -> None:
    def agreed(url: str) -> dict[str, str]:
        engine = open_engine(url)
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            found = {option.keyword.decode(): (option.val or b"").decode() for option in driver.pgconn.info}
        engine.dispose()
        return found

    usual = agreed(postgres_url)
    idle, interval, count = (int(usual[f"keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert idle + interval * count <= 5
    assert int(usual["tcp_user_timeout"]) == 5_000
    joined = "&" if "?" in postgres_url else "?"
    assert agreed(f"{postgres_url}{joined}keepalives_idle=60")["keepalives_idle"] == "60"


def test_what_the_database_cannot_hold_is_an_error_about_data(sqlite_engine: Engine) -> None:
    add = text("INSERT INTO leases (model, token, expires_at) VALUES (:model, :token, 0)")
    for values in ({"model": "\ud800", "token": 1}, {"model": "m", "token": 2**63}):
        with pytest.raises(DataError, match="cannot hold"), writing(sqlite_engine) as connection:
            connection.execute(add, values)


def test_few_connections_to_a_file_are_kept_open(sqlite_engine: Engine) -> None:
    """Each keeps pages of its own, for as long as it is open."""
    with ExitStack() as closing_all:
        for _ in range(12):
            closing_all.enter_context(reading(sqlite_engine)).execute(text("SELECT 1"))
    assert sqlite_engine.pool.checkedin() == 3  # type: ignore[attr-defined]  # of the queue that the engine was given
