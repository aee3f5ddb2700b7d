"""Watches the monitor, since a dead one cannot say that it is: its signs of life are read every few seconds, and an
alert stands while one is too old or says that the monitor failed.

It judges nothing else, and runs on the wall clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import anyio
import structlog

from infra.alert_book import change_alerts
from infra.domain.alerts import Heartbeat
from infra.domain.errors import SpecError
from infra.ports import Ports, RegisteredModel
from infra.spec.registered import spec_as_registered
from monitoring.settling import settle
from monitoring.silence import MONITOR, SILENT_AFTER, judge_heartbeat

log = structlog.get_logger(__name__)

LOOK_SECONDS = 30.0


class Vigil:
    """Keeps the alerts about the monitor at what the heartbeats say, together with other replicas."""

    def __init__(
        self,
        ports: Ports,
        clock: Callable[[], datetime],
        *,
        look_seconds: float = LOOK_SECONDS,
        silent_after: timedelta = SILENT_AFTER,
    ) -> None:
        self._ports, self._clock = ports, clock
        self._look_seconds, self._silent_after = look_seconds, silent_after
        self._problem: str | None = None

    async def run(self) -> None:
        """Look again every `look_seconds`, until cancelled."""
        while True:
            await asyncio.sleep(self._look_seconds)
            await self.look()

    async def look(self) -> None:
        """Judge every heartbeat once. Never raises for what it finds: what went wrong is logged when it is new."""
        try:
            await anyio.to_thread.run_sync(self._judge)
        except Exception as error:
            if str(error) != self._problem:
                log.exception("the monitor's signs of life could not be judged")
            self._problem = str(error)
            return
        self._problem = None

    def _judge(self) -> None:
        now, models = self._clock(), {one.name: one for one in self._ports.models.all()}
        for heartbeat in self._ports.heartbeats.all():
            known = models.get(heartbeat.model)
            if heartbeat.name == MONITOR and known is not None:
                self._judge_one(heartbeat, known, now)

    def _judge_one(self, heartbeat: Heartbeat, model: RegisteredModel, now: datetime) -> None:
        """A model file that cannot be read costs the other models nothing; its monitor will have failed over it."""
        try:
            spec = spec_as_registered(model.spec_yaml, model.name)
        except SpecError:
            log.exception("a stored model file cannot be read; its monitor is not watched", model=model.name)
            return
        judgement = judge_heartbeat(heartbeat, now=now, silent_after=self._silent_after)
        decide = partial(settle, judgement=judgement, spec=spec, at=now)
        change_alerts(self._ports.alerts, self._ports.outbox, spec.model, decide)
