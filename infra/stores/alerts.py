"""Alerts and triggers in the database. Knows no rule and no policy."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, Select, select
from sqlalchemy.exc import IntegrityError

from infra.domain.alerts import Alert, AlertState, Notice, Trigger, TriggerState
from infra.stores.records import to_row
from infra.stores.refusals import no_alert, second_alert
from infra.stores.rows import keep_first, records, replace
from infra.tables import IS_UNRESOLVED, alerts, triggers
from infra.tables import notices as outbox
from infra.transactions import reading, writing


class SqlAlerts:
    """The port `Alerts` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, alert: Alert, notices: Sequence[Notice] = ()) -> None:
        row, waiting = to_row(alert), [to_row(notice) for notice in notices]
        try:
            with writing(self._engine) as connection:
                _refuse_second(connection, alert)
                replace(connection, alerts, ["id"], row)
                keep_first(connection, outbox, ["id"], waiting)
        except IntegrityError as error:  # another process saved one since we looked
            raise second_alert(alert, "another one") from error

    def get(self, alert_id: str) -> Alert:
        found = self._found(select(alerts).where(alerts.c.id == alert_id))
        if not found:
            raise no_alert(alert_id)
        return found[0]

    def unresolved(self, model: str | None = None) -> list[Alert]:
        query = select(alerts).where(IS_UNRESOLVED, alerts.c.state != "pending")
        if model is not None:
            query = query.where(alerts.c.model == model)
        return self._found(query.order_by(alerts.c.opened_at, alerts.c.arrival))

    def pending(self, model: str) -> list[Alert]:
        query = select(alerts).where(IS_UNRESOLVED, alerts.c.model == model, alerts.c.state == "pending")
        return self._found(query.order_by(alerts.c.opened_at, alerts.c.arrival))

    def page(self, model: str, limit: int, offset: int = 0, state: AlertState | None = None) -> list[Alert]:
        query = select(alerts).where(alerts.c.model == model)
        if state is not None:
            query = query.where(alerts.c.state == state)
        newest_first = query.order_by(alerts.c.opened_at.desc(), alerts.c.arrival.desc())
        return self._found(newest_first.limit(limit).offset(offset))

    def _found(self, query: Select[tuple[object, ...]]) -> list[Alert]:
        with reading(self._engine) as connection:
            return records(connection, query, Alert)


class SqlTriggers:
    """The port `Triggers` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, trigger: Trigger) -> None:
        with writing(self._engine) as connection:
            replace(connection, triggers, ["id"], to_row(trigger))

    def in_state(self, model: str, state: TriggerState) -> list[Trigger]:
        query = select(triggers).where(triggers.c.model == model, triggers.c.state == state)
        return self._found(query.order_by(triggers.c.at, triggers.c.arrival))

    def page(self, model: str, limit: int, offset: int = 0) -> list[Trigger]:
        query = select(triggers).where(triggers.c.model == model)
        newest_first = query.order_by(triggers.c.at.desc(), triggers.c.arrival.desc())
        return self._found(newest_first.limit(limit).offset(offset))

    def _found(self, query: Select[tuple[object, ...]]) -> list[Trigger]:
        with reading(self._engine) as connection:
            return records(connection, query, Trigger)


def _refuse_second(connection: Connection, alert: Alert) -> None:
    if alert.state == "resolved":
        return
    standing = connection.scalar(
        select(alerts.c.id).where(alerts.c.dedup_key == alert.dedup_key, IS_UNRESOLVED, alerts.c.id != alert.id)
    )
    if standing is not None:
        raise second_alert(alert, repr(standing))
