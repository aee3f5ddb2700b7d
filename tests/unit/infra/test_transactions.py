from __future__ import annotations

import sqlite3
import threading
import time

import psycopg
import pytest
from sqlalchemy import Engine, exc, text

from infra.database import open_engine
from infra.domain.errors import StorageFull, Unavailable
from infra.transactions import reading, writing


def patience(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(text("PRAGMA busy_timeout")) or 0


def test_a_sqlite_database_that_cannot_grow_is_full_and_goes_on_when_it_can(sqlite_engine: Engine) -> None:
    fill = text("INSERT INTO models VALUES ('m', :text, '.', 0)")
    with sqlite_engine.connect() as connection:  # the pool gives the same one again
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull, match=r"keepsharp\.db has no room left.*make room"), writing(sqlite_engine) as one:
        one.execute(fill, {"text": "x" * 1_000_000})
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1_000}")
    with writing(sqlite_engine) as one:
        one.execute(fill, {"text": "x" * 1_000_000})
    with reading(sqlite_engine) as one:
        assert one.scalar(text("SELECT count(*) FROM models")) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [(psycopg.errors.DiskFull("no room"), StorageFull), (psycopg.errors.AdminShutdown("bye"), Unavailable)],
    ids=["disk_full", "admin_shutdown"],
)
def test_postgresql_says_when_its_disk_is_full(
    sqlite_engine: Engine, error: psycopg.OperationalError, kind: type[Unavailable]
) -> None:
    with pytest.raises(Unavailable) as found, reading(sqlite_engine):
        raise exc.OperationalError("INSERT", {}, error)
    assert type(found.value) is kind


def test_another_error_of_sqlite_is_not_a_full_disk(sqlite_engine: Engine) -> None:
    with pytest.raises(Unavailable) as found, reading(sqlite_engine):
        raise exc.OperationalError("INSERT", {}, sqlite3.OperationalError("disk I/O error"))
    assert type(found.value) is Unavailable


def test_patience_is_of_one_transaction_and_not_of_its_connection(sqlite_engine: Engine) -> None:
    assert patience(sqlite_engine) == 30_000
    with writing(sqlite_engine, 0.5) as connection:
        assert connection.scalar(text("PRAGMA busy_timeout")) == 500
    assert patience(sqlite_engine) == 30_000
    with reading(sqlite_engine, 0.25) as connection:
        assert connection.scalar(text("PRAGMA busy_timeout")) == 250


def test_the_impatient_do_not_wait_for_another_process(sqlite_engine: Engine) -> None:
    other = open_engine(str(sqlite_engine.url))  # to SQLite another engine is another process
    began = time.monotonic()
    with writing(other), pytest.raises(Unavailable, match="locked"), writing(sqlite_engine, 0.01):
        pytest.fail("two writers at once")
    assert time.monotonic() - began < 20, "it waited its own patience, not the 30 s of others"
    other.dispose()


def test_the_impatient_do_not_wait_for_another_thread(sqlite_engine: Engine) -> None:
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with writing(sqlite_engine):
            held.set()
            assert go_on.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(20)
    with pytest.raises(Unavailable, match=r"others have been writing.*0\.01 s"), writing(sqlite_engine, 0.01):
        pytest.fail("two writers at once")
    go_on.set()
    thread.join(20)
    with writing(sqlite_engine, 0.01):
        pass


@pytest.mark.postgres
def test_on_postgresql_the_impatient_do_not_wait_either(postgres_engine: Engine) -> None:
    touch = text(
        "INSERT INTO sequences (model, last) VALUES ('m', 0) ON CONFLICT (model) DO UPDATE SET last = sequences.last"
    )
    with writing(postgres_engine) as connection:
        connection.execute(touch)
    with writing(postgres_engine) as one:
        one.execute(touch)
        with pytest.raises(Unavailable, match="lock timeout"), writing(postgres_engine, 0.01) as other:
            other.execute(touch)
    with reading(postgres_engine) as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "0"
