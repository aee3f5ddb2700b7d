"""Messages that wait to be delivered, and signs of life, in the database. Knows no target's address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, Select, select

from infra.domain.alerts import Heartbeat, Notice
from infra.stores.records import to_row
from infra.stores.rows import records, replace
from infra.tables import IS_UNSENT, heartbeats, notices
from infra.transactions import reading, writing


class SqlOutbox:
    """The port `Outbox` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, now: datetime, limit: int) -> list[Notice]:
        query = select(notices).where(IS_UNSENT, notices.c.not_before <= now)
        return self._found(query.order_by(notices.c.created_at, notices.c.arrival).limit(limit))

    def save(self, notice: Notice) -> None:
        with writing(self._engine) as connection:
            replace(connection, notices, ["id"], to_row(notice))

    def page(self, model: str | None, limit: int, offset: int = 0) -> list[Notice]:
        query = select(notices) if model is None else select(notices).where(notices.c.model == model)
        newest_first = query.order_by(notices.c.created_at.desc(), notices.c.arrival.desc())
        return self._found(newest_first.limit(limit).offset(offset))

    def _found(self, query: Select[tuple[object, ...]]) -> list[Notice]:
        with reading(self._engine) as connection:
            return records(connection, query, Notice)


class SqlHeartbeats:
    """The port `Heartbeats` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def beat(self, heartbeat: Heartbeat) -> None:
        with writing(self._engine) as connection:
            replace(connection, heartbeats, ["name", "model"], to_row(heartbeat))

    def all(self) -> list[Heartbeat]:
        with reading(self._engine) as connection:
            found = records(connection, select(heartbeats), Heartbeat)
        return sorted(found, key=lambda beat: (beat.name, beat.model))  # a database may sort text otherwise

    def last(self, name: str, model: str) -> Heartbeat | None:
        own = (heartbeats.c.name == name) & (heartbeats.c.model == model)
        with reading(self._engine) as connection:
            found = records(connection, select(heartbeats).where(own), Heartbeat)
        return found[0] if found else None
