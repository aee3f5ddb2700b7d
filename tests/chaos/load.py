"""A service in a home of its own under clients that never give up, and at the end everything is counted.

What is done to the service meanwhile is up to whoever holds it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

from benchmarks.serving.home import make_home
from benchmarks.serving.network import MODEL, make_bundle
from infra.domain.errors import Unavailable
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports
from tests.chaos.clients import PATIENCE_SECONDS, Acknowledged, Client
from tests.chaos.reckoning import find_changed, find_problems
from tests.chaos.service import Nursery, Service
from tests.chaos.shim import Shim

CLIENTS = 4


class Load:
    """The service and its clients, who begin in a `with` block. After it `settle` is the last word.

    Args:
        settings: of an empty home.
        environment: for the service, on top of what the settings say.
        rest_seconds: of each client after each request.
    """

    def __init__(
        self,
        nursery: Nursery,
        settings: Settings,
        seed: int,
        environment: Mapping[str, str] | None = None,
        rest_seconds: float = 0.0,
    ) -> None:
        make_home(settings, make_bundle(1))
        self._nursery, self.settings, self._environment = nursery, settings, dict(environment or {})
        self.calm = threading.Lock()
        """Held while the database is away: then an id that only it knows counts as new."""
        self.ports: Ports = build_ports(settings)
        self.service = self.start()
        self.clients = [
            Client(f"c{number}", seed * 100 + number, lambda: self.service.url, self.calm, rest_seconds)
            for number in range(CLIENTS)
        ]

    def __enter__(self) -> Load:
        for client in self.clients:
            client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self.clients:
            client.finish()

    def start(self) -> Service:
        """A service on this home that answers; the clients turn to it."""
        home = {"KEEPSHARP_HOME": str(self.settings.home), "KEEPSHARP_DATABASE_URL": self.settings.database_url}
        service = self._nursery.start({**home, **self._environment})
        service.await_ready()
        self.service = service
        return service

    def settle(self) -> list[str]:
        """Everything that was not as promised, once the clients have finished; the service is stopped."""
        problems = [problem for client in self.clients for problem in client.problems]
        self.wait(self.is_drained, "the spill is empty")
        acknowledged = self.acknowledged()
        problems += self._reckon(acknowledged)
        problems += find_changed(self.service.url, acknowledged)
        self.service.stop()
        return problems + self._reckon(acknowledged)  # sending it all again has added nothing

    def acknowledged(self) -> list[Acknowledged]:
        """By all clients so far."""
        return [one for client in self.clients for one in client.acknowledged]

    def count(self) -> int:
        """Requests that were acknowledged so far."""
        return sum(len(client.acknowledged) for client in self.clients)

    def wait(self, holds: Callable[[], bool], what: str) -> float:
        """Seconds until it holds; AssertionError when a client has a problem, or it takes too long."""
        began = time.monotonic()
        while not holds():
            found = [problem for client in self.clients for problem in client.problems]
            assert not found, found
            took = time.monotonic() - began
            assert took < PATIENCE_SECONDS, f"waited in vain until {what}: {self._nursery.last_words()}"
            time.sleep(0.001)
        return time.monotonic() - began

    def wait_acknowledged(self, more: int) -> float:
        """Seconds until so many more requests are acknowledged."""
        wanted = self.count() + more
        return self.wait(lambda: self.count() >= wanted, f"{more} more requests are acknowledged")

    def wait_acknowledged_by_each(self) -> float:
        """Seconds until each client has been answered once more."""
        before = [len(client.acknowledged) for client in self.clients]
        return self.wait(
            lambda: all(len(one.acknowledged) > known for one, known in zip(self.clients, before, strict=True)),
            "every client has been answered",
        )

    def is_drained(self) -> bool:
        """Whether nothing waits in the spill."""
        return not any(self.settings.spill.glob("*.spill"))

    def last_seq(self) -> int:
        """Of the database; -1 while it is away."""
        try:
            return self.ports.predictions.last_seq(MODEL)
        except Unavailable:
            return -1

    def _reckon(self, acknowledged: list[Acknowledged]) -> list[str]:
        return find_problems(self.ports, self.settings.database, self.settings.spill, acknowledged)


@contextmanager
def under_shim(
    settings: Settings, seed: int, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[Load, Shim]]:
    """A load on a service whose disk and clock can be made wrong, and what makes them so."""
    beside = settings.home.with_name(f"{settings.home.name}-shim")
    beside.mkdir()
    shim = Shim(beside, settings.home)
    with Nursery(beside, {**shim.environment, **(environment or {})}) as nursery:
        yield Load(nursery, settings, seed, rest_seconds=0.02), shim
