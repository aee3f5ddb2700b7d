"""Sends operations to a service that may be away: in order, within a caller's patience, and later if not now.

It knows neither the service nor what the operations mean; `send` must bear being called twice for the same one.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from infra.domain.errors import KeepsharpError, Unavailable
from infra.lane import Lane
from infra.spool import Operation, Spool

T = TypeVar("T")
log = logging.getLogger(__name__)


class Rejected(KeepsharpError):
    """The service understood the operation and will never take it."""


class Outbox:
    """Operations on their way to the service `name`.

    Args:
        name: what the service is called in messages.
        folder: where operations wait while it is away.
        send: carries one out; raises Unavailable or Rejected.
        rest_seconds: after a failure, how long before the service is tried again.
    """

    def __init__(self, name: str, folder: Path, send: Callable[[Operation], None], rest_seconds: float) -> None:
        self._name, self._send, self._rest = name, send, rest_seconds
        self._spool = Spool(folder)
        self._lane = Lane(name)
        self._away_until = 0.0

    def submit(self, operation: Operation, patience_seconds: float) -> None:
        """Carry it out now, or keep it for later; it never raises because of the service."""
        if self._spool.waiting():
            self._drain(patience_seconds, patience_seconds)
        if self._resting() or self._spool.waiting():  # what waits goes first
            self._spool.add(operation)
            return
        try:
            self.call(partial(self._send, operation), patience_seconds)
        except Unavailable as error:
            log.warning("%s is away: what it should hear is kept and sent later. %s", self._name, error)
            self._spool.add(operation)
        except Rejected as error:
            self._refuse(operation, error)

    def flush(self, patience_seconds: float) -> int:
        """Try at once to send what waits; how many operations went through."""
        self._away_until = 0.0
        return self._drain(math.inf, patience_seconds) if self._spool.waiting() else 0

    def pending(self) -> int:
        """How many operations wait."""
        return len(self._spool.waiting())

    def rejected(self) -> list[Path]:
        """Folders of the operations that the service refused for good."""
        return self._spool.rejected()

    def begin(self, work: Callable[[], object]) -> None:
        """Do `work` before whatever comes next, without waiting for it."""
        self._lane.start(work)

    def call(self, work: Callable[[], T], patience_seconds: float) -> T:
        """The result of `work`. Raises Unavailable when the service is away or was a moment ago."""
        if self._resting():
            raise Unavailable(f"{self._name} was away a moment ago; it is tried again within {self._rest:g} s")
        try:
            return self._lane.call(work, patience_seconds)
        except Unavailable:
            self._away_until = time.monotonic() + self._rest
            raise

    def _drain(self, budget_seconds: float, patience_seconds: float) -> int:
        sent, until = 0, time.monotonic() + budget_seconds
        with self._spool.alone() as alone:
            for entry in self._spool.waiting() if alone else []:
                if self._resting() or time.monotonic() > until:
                    break
                operation = self._spool.read(entry)
                try:
                    self.call(partial(self._send, operation), patience_seconds)
                except Unavailable as error:
                    log.warning("%s is still away, %d operations wait: %s", self._name, self.pending(), error)
                    break
                except Rejected as error:
                    self._refuse(operation, error)
                self._spool.remove(entry)
                sent += 1
        return sent

    def _refuse(self, operation: Operation, error: Rejected) -> None:
        log.warning("%s refused %r of model %s: %s", self._name, operation.kind, operation.model, error)
        self._spool.reject(operation, str(error))

    def _resting(self) -> bool:
        return time.monotonic() < self._away_until
