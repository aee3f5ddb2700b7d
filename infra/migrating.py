"""Brings a database to the tables this keepsharp expects. Knows no table by name."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from infra.domain.errors import Unavailable
from infra.transactions import reading, writing

_ADVISORY_LOCK = 0x6B656570  # "keep": any number that no other program on the server uses


def migrate(engine: Engine) -> None:
    """Upgrade to the newest revision; one query when it is there already.

    Several processes may call it at once: one upgrades, the others wait and find it done.

    Raises:
        Unavailable: the database did not answer, or a newer keepsharp made it.
    """
    move(engine, "head")


def move(engine: Engine, revision: str) -> None:
    """Upgrade to `head`, or downgrade to another revision (`base`: no tables), in one transaction.

    Raises:
        Unavailable: as for `migrate`.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with reading(engine) as connection:
        if revision == "head" and _stands_at_head(connection, scripts):
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        config.attributes["connection"] = connection
        if revision != "head":
            command.downgrade(config, revision)
        elif not _stands_at_head(connection, scripts):
            command.upgrade(config, "head")


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """The revision that the database stands at (None: no tables yet), and the newest one; changes nothing.

    Raises:
        Unavailable: the database did not answer, or a newer keepsharp made it.
    """
    scripts = ScriptDirectory.from_config(_config())
    with reading(engine) as connection:
        _stands_at_head(connection, scripts)
        return MigrationContext.configure(connection).get_current_revision(), scripts.get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _stands_at_head(connection: Connection, scripts: ScriptDirectory) -> bool:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        name = connection.engine.url.render_as_string(hide_password=True)
        raise Unavailable(
            f"the database {name} is at revision {current!r}, which this keepsharp does not know: it was made by a "
            "newer one; install that, or name another database by KEEPSHARP_DATABASE_URL"
        )
    return current == scripts.get_current_head()
