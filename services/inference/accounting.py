"""What serving costs: this process's CPU seconds, shared by the rows that each model answered, by the day.

It works on a thread twice a minute and at the end, and counts what the service took until then: nothing is measured
while a row is answered. Its readings are those of a counter, so that one written again counts once.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio
import structlog

from infra.domain.costs import CostEntry, Stage
from infra.domain.errors import SpecError
from infra.ledger.accruals import day_entry, share
from infra.ledger.months import day_of
from infra.ledger.pricing import Quantity
from infra.ports import Ports
from infra.spec.registered import spec_as_registered

log = structlog.get_logger(__name__)

READ_SECONDS = 30.0
PATIENCE = timedelta(minutes=10)
"""How long what the start took waits for the first row, whose event time says which day it belongs to."""
MEASURED = "CPU clock of the serving process, shared by rows answered"
_Key = tuple[str, Stage, str]
"""Model, stage and day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What the process and its shadows took so far, and who answered how many rows."""

    cpu_seconds: float = 0.0
    rows: Mapping[str, int] = field(default_factory=dict)
    shadow_seconds: Mapping[str, float] = field(default_factory=dict)


class Accounting:
    """Charges the models of one serving process."""

    def __init__(self, ports: Ports, read: Callable[[], Reading], clock: Callable[[], datetime]) -> None:
        """`clock` is the wall clock, on which event time goes on where no row says otherwise."""
        self._ports, self._read, self._clock = ports, read, clock
        self._last, self._begun = Reading(), clock()
        self._segment = uuid.uuid4().hex[:12]
        self._taken: dict[_Key, tuple[float, datetime]] = {}
        self._lags: dict[str, timedelta] = {}
        self._problem: str | None = None

    async def run(self) -> None:
        """Charge every half minute, until cancelled."""
        while True:
            await asyncio.sleep(READ_SECONDS)
            await anyio.to_thread.run_sync(self.charge)

    def charge(self, *, at_the_end: bool = False) -> None:
        """Charge what was taken since the last time. Never raises: what could not be written is written next time."""
        try:
            if at_the_end or self._lags or self._read().rows or self._clock() - self._begun >= PATIENCE:
                self._count()
            entries = self._entries()
            self._ports.costs.meter(entries)
            self._taken = {key: taken for key, taken in self._taken.items() if self._is_open(key)}
        except Exception as error:
            if str(error) != self._problem:
                log.exception("what serving took could not be charged; it is tried again")
            self._problem = str(error)
            return
        self._problem = None

    def _count(self) -> None:
        """Share out what was taken since the last reading; kept until a model is there to be charged."""
        models = [one.name for one in self._ports.models.all()]
        if not models:
            return
        now, before = self._read(), self._last
        shadow = {name: now.shadow_seconds.get(name, 0.0) - before.shadow_seconds.get(name, 0.0) for name in models}
        rows = {name: float(now.rows.get(name, 0) - before.rows.get(name, 0)) for name in models}
        moments = {name: self._event_time(name, answered=rows[name] > 0) for name in models}
        serving = max(0.0, now.cpu_seconds - before.cpu_seconds - sum(shadow.values()))
        self._last = now
        for name, seconds in share(serving, rows).items():
            self._add((name, "serve", day_of(moments[name])), seconds, moments[name])
        for name, seconds in shadow.items():
            self._add((name, "shadow", day_of(moments[name])), seconds, moments[name])

    def _add(self, key: _Key, seconds: float, at: datetime) -> None:
        if seconds > 0:
            taken, _ = self._taken.get(key, (0.0, at))
            self._taken[key] = (taken + seconds, at)

    def _event_time(self, model: str, *, answered: bool) -> datetime:
        """That of the newest row where rows were answered; it goes on with the wall clock where none were."""
        wall = self._clock()
        if answered and (span := self._ports.predictions.time_range(model)) is not None:
            self._lags[model] = wall - span[1]
        return wall - self._lags.get(model, timedelta(0))

    def _is_open(self, key: _Key) -> bool:
        """Whether more may come for that day: the newest of its model and stage."""
        return key[2] == max(day for model, stage, day in self._taken if (model, stage) == key[:2])

    def _entries(self) -> list[CostEntry]:
        """A model whose stored file is not accepted is charged once it is."""
        found, specs = [], {}
        for one in self._ports.models.all():
            try:
                specs[one.name] = spec_as_registered(one.spec_yaml, one.name)
            except SpecError:
                continue
        for (name, stage, _), (seconds, at) in self._taken.items():
            if name in specs:
                quantity = Quantity(stage=stage, unit="cpu_second", amount=seconds, measured=MEASURED)
                found.append(day_entry(quantity, specs[name], at=at, segment=self._segment))
        return found
