"""Tells and delivers in the background: what is due to be told about every model, and what waits in the outbox.

It raises nothing itself and knows no route. A round that fails is logged, and the next one comes all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import anyio
import structlog

from infra.alert_book import change_alerts
from infra.domain.alerts import Alert, AlertBook, AlertChange
from infra.domain.errors import KeepsharpError
from infra.notify.delivering import deliver_alone
from infra.notify.senders import senders_of
from infra.ports import Ports, RegisteredModel
from infra.settings import Settings
from infra.spec import ModelSpec
from infra.spec.registered import spec_as_registered
from monitoring.rules import Judgement
from monitoring.settling import judge_delivery, settle

log = structlog.get_logger(__name__)

DELIVER_SECONDS = 5.0
"""How often the outbox is looked into."""
TELL_EVERY = timedelta(minutes=1)
"""How often it is asked what is due to be told: reminders, the end of a group's interval, what stayed resolved."""


class Notifier:
    """One service's share in telling people; several services share the work through the database."""

    def __init__(self, ports: Ports, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._ports, self._clock = ports, clock
        self._senders = senders_of(settings)
        self._told_at: datetime | None = None

    async def run(self) -> None:
        """Look again every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(DELIVER_SECONDS)
            try:
                await anyio.to_thread.run_sync(self.look)
            except Exception:
                log.exception("notices could not be looked after; they wait in the database")

    def look(self) -> None:
        """One round."""
        now = self._clock()
        if self._told_at is None or now - self._told_at >= TELL_EVERY:
            self._told_at = now
            for model in self._ports.models.all():
                self._tell(model, now)
        deliver_alone(self._ports.outbox, self._ports.leases, self._senders, clock=self._clock)

    def _tell(self, model: RegisteredModel, now: datetime) -> None:
        try:
            spec = spec_as_registered(model.spec_yaml, model.name)
            change_alerts(self._ports.alerts, self._ports.outbox, model.name, partial(_due, spec=spec, now=now))
        except KeepsharpError:
            log.exception("it could not be found out what is to be told", model=model.name)


def _due(book: AlertBook, *, spec: ModelSpec, now: datetime) -> list[AlertChange]:
    return settle(book, judge_delivery(book, spec.model), spec, at=now)


def raise_alerts(ports: Ports, spec: ModelSpec, judgement: Judgement, *, at: datetime) -> list[Alert]:
    """Save what a judgement at event time `at` changes, with its notices, and return the alerts that were saved."""
    return change_alerts(ports.alerts, ports.outbox, spec.model, lambda book: settle(book, judgement, spec, at=at))
