"""Quarantines, audits and states of the alarms in the database. Knows nothing of how they came about."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, Select, and_, or_, select

from infra.domain.deeds import Deed
from infra.domain.labelling import AlarmState, Audit, Quarantine
from infra.stores.deeds import note
from infra.stores.records import to_row
from infra.stores.refusals import no_quarantine
from infra.stores.rows import chunks, inserting, keep_first, records, replace
from infra.tables import IS_CURRENT, IS_STANDING, alarm_states, audits, labels, quarantines
from infra.transactions import reading, writing


class SqlQuarantines:
    """The port `Quarantines` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, quarantine: Quarantine, deed: Deed | None = None) -> None:
        with writing(self._engine) as connection:
            replace(connection, quarantines, ["id"], to_row(quarantine))
            note(connection, deed)

    def get(self, quarantine_id: str) -> Quarantine:
        found = self._found(select(quarantines).where(quarantines.c.id == quarantine_id))
        if not found:
            raise no_quarantine(quarantine_id)
        return found[0]

    def standing(self, model: str) -> list[Quarantine]:
        query = select(quarantines).where(quarantines.c.model == model, IS_STANDING)
        return self._found(query.order_by(quarantines.c.at, quarantines.c.arrival))

    def held_back(self, model: str, ids: Sequence[str]) -> set[str]:
        held: set[str] = set()
        with reading(self._engine) as connection:
            if _none_stands(connection, model):
                return held
            for some in chunks(ids):
                named = and_(labels.c.model == model, labels.c.prediction_id.in_(some), IS_CURRENT)
                query = select(labels.c.prediction_id).join(quarantines, _HOLDS).where(named)
                held.update(connection.scalars(query))
        return held

    def page(self, model: str, limit: int, offset: int = 0) -> list[Quarantine]:
        query = select(quarantines).where(quarantines.c.model == model)
        newest_first = query.order_by(quarantines.c.at.desc(), quarantines.c.arrival.desc())
        return self._found(newest_first.limit(limit).offset(offset))

    def _found(self, query: Select[tuple[object, ...]]) -> list[Quarantine]:
        with reading(self._engine) as connection:
            return records(connection, query, Quarantine)


class SqlAudits:
    """The port `Audits` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, given: Sequence[Audit]) -> None:
        rows = [to_row(audit) for audit in given]
        if rows:
            with writing(self._engine) as connection:
                keep_first(connection, audits, ["model", "prediction_id"], rows)

    def asked(self, model: str, ids: Sequence[str]) -> dict[str, Audit]:
        found: list[Audit] = []
        with reading(self._engine) as connection:
            for some in chunks(ids):
                query = select(audits).where(audits.c.model == model, audits.c.prediction_id.in_(some))
                found += records(connection, query, Audit)
        return {audit.prediction_id: audit for audit in found}

    def page(self, model: str, limit: int, offset: int = 0) -> list[Audit]:
        query = select(audits).where(audits.c.model == model)
        newest_first = query.order_by(audits.c.asked_at.desc(), audits.c.arrival.desc())
        with reading(self._engine) as connection:
            return records(connection, newest_first.limit(limit).offset(offset), Audit)


class SqlAlarmStates:
    """The port `AlarmStates` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, model: str) -> AlarmState | None:
        with reading(self._engine) as connection:
            found = records(connection, select(alarm_states).where(alarm_states.c.model == model), AlarmState)
        return found[0] if found else None

    def save(self, state: AlarmState) -> None:
        row, kept = to_row(state), alarm_states.c
        with writing(self._engine) as connection:
            newer = or_(kept.decision_id != state.decision_id, kept.place <= state.place)
            insert = inserting(connection, alarm_states).values(row)
            connection.execute(insert.on_conflict_do_update(index_elements=["model"], set_=row, where=newer))


_HOLDS = and_(
    quarantines.c.model == labels.c.model,
    IS_STANDING,
    labels.c.place.between(quarantines.c.first_place, quarantines.c.last_place),
    or_(quarantines.c.source.is_(None), quarantines.c.source == labels.c.source),
)


def _none_stands(connection: Connection, model: str) -> bool:
    query = select(quarantines.c.id).where(quarantines.c.model == model, IS_STANDING)
    return connection.execute(query.limit(1)).first() is None
