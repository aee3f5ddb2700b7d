"""What a model's record weighs on disk, by kind. It reads sizes and no content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select, text

from infra.tables import runs, sequences
from infra.transactions import reading


class SqlStorage:
    """The port `Storage`: our database, shared by predictions, and the folders of snapshots and pages."""

    def __init__(self, engine: Engine, snapshots: Path, artifacts: Path) -> None:
        self._engine, self._snapshots, self._artifacts = engine, snapshots, artifacts

    def bytes_of(self, model: str) -> Mapping[str, int]:
        with reading(self._engine) as connection:
            everything = _database_bytes(connection)
            total = connection.execute(select(func.coalesce(func.sum(sequences.c.last), 0))).scalar_one()
            own = connection.execute(select(sequences.c.last).where(sequences.c.model == model)).scalar() or 0
            used = connection.execute(select(runs.c.snapshot).where(runs.c.model == model).distinct()).scalars().all()
        return {
            "predictions and decisions": round(everything * int(own) / int(total)) if total else 0,
            "snapshots": _sizes(self._snapshots / f"{sha256}.parquet" for sha256 in used if sha256),
            "pages": _sizes((self._artifacts / "windows" / model).glob("*")),
        }


def _database_bytes(connection: Connection) -> int:
    if connection.dialect.name == "sqlite":
        pages, size = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size")
        )
        return int(pages) * int(size)
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def _sizes(paths: Iterable[Path]) -> int:
    """Together; one that is gone meanwhile weighs nothing."""
    total = 0
    for path in paths:
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total
