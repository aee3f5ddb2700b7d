"""Alerts and triggers in the database. Knows no rule and no policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Engine, Select, select
from sqlalchemy.exc import IntegrityError

from infra.domain.alerts import Alert, AlertChange, AlertState, Notice, Trigger, TriggerState
from infra.domain.deeds import Deed
from infra.stores.deeds import note
from infra.stores.leases import refuse_fenced
from infra.stores.records import to_row
from infra.stores.refusals import changed_alert, no_alert, no_trigger, refuse_second, second_alert
from infra.stores.rows import chunks, keep_first, records, replace, replace_all
from infra.tables import IS_UNRESOLVED, alerts, triggers
from infra.tables import notices as outbox
from infra.transactions import reading, writing


class SqlAlerts:
    """The port `Alerts` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, alert: Alert, notices: Sequence[Notice] = (), deed: Deed | None = None) -> None:
        self._save([(alert, tuple(notices))], (), deed)

    def save_all(self, changes: Sequence[AlertChange], known: Sequence[Alert] = ()) -> None:
        self._save(changes, known, None)

    def _save(self, changes: Sequence[AlertChange], known: Sequence[Alert], deed: Deed | None) -> None:
        rows = [to_row(alert) for alert, _ in changes]
        waiting = [to_row(notice) for _, notices in changes for notice in notices]
        if not rows:
            return
        try:
            with writing(self._engine) as connection:
                _refuse_changed(connection, known)
                _refuse_second_ones(connection, [alert for alert, _ in changes])
                replace_all(connection, alerts, ["id"], rows)
                keep_first(connection, outbox, ["id"], waiting)
                note(connection, deed)
        except IntegrityError as error:  # another process saved one since we looked
            with reading(self._engine) as connection:
                _refuse_second_ones(connection, [alert for alert, _ in changes])
            raise second_alert(changes[0][0], "another one") from error

    def get(self, alert_id: str) -> Alert:
        found = self._found(select(alerts).where(alerts.c.id == alert_id))
        if not found:
            raise no_alert(alert_id)
        return found[0]

    def found(self, alert_ids: Sequence[str]) -> list[Alert]:
        with reading(self._engine) as connection:
            kept = {alert.id: alert for alert in _of_ids(connection, alert_ids)}
        return [kept[one] for one in dict.fromkeys(alert_ids) if one in kept]

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

    def save(self, trigger: Trigger, deed: Deed | None = None, fencing_token: int | None = None) -> None:
        with writing(self._engine) as connection:
            refuse_fenced(connection, trigger.model, fencing_token)
            replace(connection, triggers, ["id"], to_row(trigger))
            note(connection, deed)

    def get(self, trigger_id: str) -> Trigger:
        found = self._found(select(triggers).where(triggers.c.id == trigger_id))
        if not found:
            raise no_trigger(trigger_id)
        return found[0]

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


def _of_ids(connection: Connection, alert_ids: Sequence[str], *, locked: bool = False) -> Iterator[Alert]:
    for some in chunks(sorted(alert_ids)):  # in one order, so that no two wait for each other's locks
        query = select(alerts).where(alerts.c.id.in_(some)).order_by(alerts.c.id)
        yield from records(connection, query.with_for_update() if locked else query, Alert)


def _refuse_changed(connection: Connection, known: Sequence[Alert]) -> None:
    kept = {alert.id: alert for alert in _of_ids(connection, [alert.id for alert in known], locked=True)}
    for alert in known:
        if kept.get(alert.id) != alert:
            raise changed_alert(alert)


def _refuse_second_ones(connection: Connection, changed: Sequence[Alert]) -> None:
    """Raises Conflict where one, saved after those before it, would stand beside another of its key."""
    holders: dict[str, str] = {}
    for keys in chunks(alert.dedup_key for alert in changed if alert.state != "resolved"):
        query = select(alerts.c.dedup_key, alerts.c.id).where(alerts.c.dedup_key.in_(keys), IS_UNRESOLVED)
        holders.update((key, alert_id) for key, alert_id in connection.execute(query))
    refuse_second(changed, holders)
