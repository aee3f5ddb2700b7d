"""Brings a database to the tables this keepsharp expects. Knows no table by name.

A revision is known by the number its file's name begins with; Alembic, slow to import, is there only to move.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from infra.domain.errors import Unavailable
from infra.transactions import reading, writing

_MIGRATIONS = Path(__file__).parent / "migrations"
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
    with reading(engine) as connection:
        if revision == "head" and _stands_at_head(connection):
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        if revision != "head" or not _stands_at_head(connection):
            _run(connection, revision)


def revisions(engine: Engine) -> tuple[str | None, str]:
    """The revision that the database stands at (None: no tables yet), and the newest one; changes nothing.

    Raises:
        Unavailable: the database did not answer, or a newer keepsharp made it.
    """
    with reading(engine) as connection:
        return _known_revision(connection), known_revisions()[-1]


def known_revisions() -> list[str]:
    """All revisions, oldest first."""
    return sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _run(connection: Connection, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    if revision == "head":
        command.upgrade(config, "head")
    else:
        command.downgrade(config, revision)


def _stands_at_head(connection: Connection) -> bool:
    return _known_revision(connection) == known_revisions()[-1]


def _known_revision(connection: Connection) -> str | None:
    current = None
    if inspect(connection).has_table("alembic_version"):
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if current is not None and current not in known_revisions():
        name = connection.engine.url.render_as_string(hide_password=True)
        raise Unavailable(
            f"the database {name} is at revision {current!r}, which this keepsharp does not know: it was made by a "
            "newer one; install that, or name another database by KEEPSHARP_DATABASE_URL"
        )
    return current
