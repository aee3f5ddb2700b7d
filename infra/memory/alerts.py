"""In-memory alerts and triggers."""

from __future__ import annotations

from operator import attrgetter

from infra.domain.alerts import Alert, AlertState, Trigger, TriggerState
from infra.memory.shelf import Shelf
from infra.stores.refusals import no_alert, second_alert


class MemoryAlerts:
    """The port `Alerts`."""

    def __init__(self) -> None:
        self._shelf: Shelf[Alert] = Shelf()

    def save(self, alert: Alert) -> None:
        with self._shelf.lock:
            for standing in self.unresolved():
                if alert.state != "resolved" and standing.dedup_key == alert.dedup_key and standing.id != alert.id:
                    raise second_alert(alert, repr(standing.id))
            self._shelf.put(alert.id, alert)

    def get(self, alert_id: str) -> Alert:
        found = self._shelf.get(alert_id)
        if found is None:
            raise no_alert(alert_id)
        return found

    def unresolved(self, model: str | None = None) -> list[Alert]:
        return self._shelf.oldest_first(
            attrgetter("opened_at"), lambda alert: alert.state != "resolved" and model in (None, alert.model)
        )

    def page(self, model: str, limit: int, offset: int = 0, state: AlertState | None = None) -> list[Alert]:
        newest_first = self._shelf.newest_first(
            attrgetter("opened_at"), lambda alert: alert.model == model and state in (None, alert.state)
        )
        return newest_first[offset : offset + limit]


class MemoryTriggers:
    """The port `Triggers`."""

    def __init__(self) -> None:
        self._shelf: Shelf[Trigger] = Shelf()

    def save(self, trigger: Trigger) -> None:
        self._shelf.put(trigger.id, trigger)

    def in_state(self, model: str, state: TriggerState) -> list[Trigger]:
        return self._shelf.oldest_first(
            attrgetter("at"), lambda trigger: trigger.model == model and trigger.state == state
        )

    def page(self, model: str, limit: int, offset: int = 0) -> list[Trigger]:
        newest_first = self._shelf.newest_first(attrgetter("at"), lambda trigger: trigger.model == model)
        return newest_first[offset : offset + limit]
