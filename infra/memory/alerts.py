"""In-memory alerts, the messages about them, signs of life, and triggers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from infra.domain.alerts import Alert, AlertChange, AlertState, Heartbeat, Notice, Trigger, TriggerState
from infra.domain.deeds import Deed
from infra.memory.deeds import MemoryDeeds
from infra.memory.shelf import Shelf
from infra.memory.versions import Court
from infra.stores.records import kept
from infra.stores.refusals import changed_alert, no_alert, no_trigger, refuse_second


class MemoryAlerts:
    """The port `Alerts`; `outbox` holds the messages that were put in with them."""

    def __init__(self, outbox: Shelf[Notice], deeds: MemoryDeeds | None = None) -> None:
        self._shelf: Shelf[Alert] = Shelf()
        self._outbox, self._deeds = outbox, deeds or MemoryDeeds()

    def save(self, alert: Alert, notices: Sequence[Notice] = (), deed: Deed | None = None) -> None:
        with self._shelf.lock:
            self.save_all([(alert, tuple(notices))])
            self._deeds.note(deed)

    def save_all(self, changes: Sequence[AlertChange], known: Sequence[Alert] = ()) -> None:
        copies = [(kept(alert), [kept(notice) for notice in notices]) for alert, notices in changes]
        with self._shelf.lock:
            for alert in known:
                if self._shelf.get(alert.id) != alert:
                    raise changed_alert(alert)
            self._refuse_second_ones([alert for alert, _ in copies])
            for alert, notices in copies:
                self._shelf.put(alert.id, alert)
                for notice in notices:
                    self._outbox.put_new(notice.id, notice)

    def _refuse_second_ones(self, changed: Sequence[Alert]) -> None:
        """Raises Conflict where one, saved after those before it, would stand beside another of its key."""
        holders = {one.dedup_key: one.id for one in self._shelf.all(lambda other: other.state != "resolved")}
        refuse_second(changed, holders)

    def get(self, alert_id: str) -> Alert:
        found = self._shelf.get(alert_id)
        if found is None:
            raise no_alert(alert_id)
        return found

    def found(self, alert_ids: Sequence[str]) -> list[Alert]:
        kept_ones = (self._shelf.get(one) for one in dict.fromkeys(alert_ids))
        return [alert for alert in kept_ones if alert is not None]

    def unresolved(self, model: str | None = None) -> list[Alert]:
        return self._shelf.oldest_first(
            attrgetter("opened_at"),
            lambda alert: alert.state not in ("resolved", "pending") and model in (None, alert.model),
        )

    def pending(self, model: str) -> list[Alert]:
        return self._shelf.oldest_first(
            attrgetter("opened_at"), lambda alert: alert.state == "pending" and alert.model == model
        )

    def page(self, model: str, limit: int, offset: int = 0, state: AlertState | None = None) -> list[Alert]:
        newest_first = self._shelf.newest_first(
            attrgetter("opened_at"), lambda alert: alert.model == model and state in (None, alert.state)
        )
        return newest_first[offset : offset + limit]


class MemoryOutbox:
    """The port `Outbox`."""

    def __init__(self, shelf: Shelf[Notice]) -> None:
        self._shelf = shelf

    def due(self, now: datetime, limit: int) -> list[Notice]:
        return self._shelf.oldest_first(
            attrgetter("created_at"), lambda notice: notice.state == "waiting" and notice.not_before <= now
        )[:limit]

    def save(self, notice: Notice) -> None:
        self._shelf.put(notice.id, notice)

    def page(self, model: str | None, limit: int, offset: int = 0) -> list[Notice]:
        newest_first = self._shelf.newest_first(attrgetter("created_at"), lambda notice: model in (None, notice.model))
        return newest_first[offset : offset + limit]


class MemoryHeartbeats:
    """The port `Heartbeats`."""

    def __init__(self) -> None:
        self._shelf: Shelf[Heartbeat] = Shelf()

    def beat(self, heartbeat: Heartbeat) -> None:
        self._shelf.put((heartbeat.name, heartbeat.model), heartbeat)

    def all(self) -> list[Heartbeat]:
        return sorted(self._shelf.all(), key=lambda beat: (beat.name, beat.model))

    def last(self, name: str, model: str) -> Heartbeat | None:
        return self._shelf.get((name, model))


class MemoryTriggers:
    """The port `Triggers`."""

    def __init__(self, court: Court) -> None:
        self._shelf: Shelf[Trigger] = Shelf()
        self._court = court

    def save(self, trigger: Trigger, deed: Deed | None = None, fencing_token: int | None = None) -> None:
        with self._court.lock:
            self._court.refuse_fenced(trigger.model, fencing_token)
            self._shelf.put(trigger.id, trigger)
            self._court.deeds.note(deed)

    def get(self, trigger_id: str) -> Trigger:
        found = self._shelf.get(trigger_id)
        if found is None:
            raise no_trigger(trigger_id)
        return found

    def in_state(self, model: str, state: TriggerState) -> list[Trigger]:
        return self._shelf.oldest_first(
            attrgetter("at"), lambda trigger: trigger.model == model and trigger.state == state
        )

    def page(self, model: str, limit: int, offset: int = 0) -> list[Trigger]:
        newest_first = self._shelf.newest_first(attrgetter("at"), lambda trigger: trigger.model == model)
        return newest_first[offset : offset + limit]
