"""Sends operations to a service that may be away: in order, beside whatever the caller does, and later if not now.

Each operation is on disk before it is tried, so that neither a killed process nor an outage loses one, and nobody
waits for the service who did not ask to. It knows neither the service nor what the operations mean; `send` must
bear being called twice for the same one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from infra.domain.errors import KeepsharpError, Unavailable
from infra.lane import Lane
from infra.spool import Operation, Spool

T = TypeVar("T")
log = logging.getLogger(__name__)
_OTHERS_SECONDS, _LOOK_SECONDS = 10.0, 0.05


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
        self._said_away = False
        self._sent = 0
        self._last: Future[None] | None = None

    def submit(self, operation: Operation) -> None:
        """Keep it and begin to send it; it neither waits nor raises because of the service."""
        self._spool.add(operation)
        self._last = self._lane.start(self._drain)

    def settle(self, seconds: float) -> bool:
        """Wait at most `seconds` until all that was submitted has been tried; whether nothing waits any more.

        A service that takes longer counts as away for a while, and nobody waits for one that is.
        """
        if self._last is not None and not self._resting():
            try:
                self._last.result(timeout=seconds)
            except TimeoutError:
                self._rest_now(f"it did not answer within {seconds:g} s")
        return not self._spool.waiting()

    def flush(self, patience_seconds: float) -> int:
        """Try at once to send what waits, for as long as it goes on; how many operations went through."""
        before, self._away_until = self._sent, 0.0
        if self._spool.waiting():
            drained = self._last = self._lane.start(self._drain)
            while True:
                reached = self._sent
                try:
                    drained.result(timeout=patience_seconds)
                    break
                except TimeoutError:
                    if self._sent == reached:
                        break
        return self._sent - before

    def pending(self) -> int:
        """How many operations wait."""
        return len(self._spool.waiting())

    def rejected(self) -> list[Path]:
        """Folders of the operations that the service refused for good."""
        return self._spool.rejected()

    def begin(self, work: Callable[[], T]) -> Future[T]:
        """Do `work` before whatever comes next, without waiting for it."""
        return self._lane.start(work)

    def call(self, work: Callable[[], T], patience_seconds: float) -> T:
        """The result of `work`. Raises Unavailable when the service is away or was a moment ago."""
        if self._resting():
            raise Unavailable(f"{self._name} was away a moment ago; it is tried again within {self._rest:g} s")
        try:
            return self._lane.call(work, patience_seconds)
        except Unavailable:
            self._away_until = time.monotonic() + self._rest
            raise

    def _drain(self) -> None:
        """Send what waits, in order, until nothing does or the service is found away. Runs in the lane."""
        with self._alone() as alone:
            while alone and not self._resting() and (waiting := self._spool.waiting()):
                for entry in waiting:
                    if not self._sends(entry):
                        break

    def _sends(self, entry: Path) -> bool:
        """Whether the service took or refused the operation; False when it is away."""
        operation = self._spool.read(entry)
        try:
            self._send(operation)
            self._said_away = False
        except Unavailable as error:
            self._rest_now(str(error))
            return False
        except Rejected as error:
            self._refuse(operation, error)
        self._spool.remove(entry)
        self._sent += 1
        return True

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Wait a little for another process that is sending: it may have looked before our operation was there."""
        until = time.monotonic() + _OTHERS_SECONDS
        while True:
            with self._spool.alone() as alone:
                if alone or time.monotonic() > until:
                    yield alone
                    return
            time.sleep(_LOOK_SECONDS)

    def _rest_now(self, why: str) -> None:
        if not self._said_away:
            log.warning("%s is away: what it should hear is kept and sent later. %s", self._name, why)
        self._said_away = True
        self._away_until = time.monotonic() + self._rest

    def _refuse(self, operation: Operation, error: Rejected) -> None:
        log.warning("%s refused %r of model %s: %s", self._name, operation.kind, operation.model, error)
        self._spool.reject(operation, str(error))

    def _resting(self) -> bool:
        return time.monotonic() < self._away_until
