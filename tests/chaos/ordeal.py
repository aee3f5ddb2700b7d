"""The kill test: a service is killed again and again under clients that retry, and at the end everything is counted.

A round ends with SIGKILL at a random moment: while the database is there, while it is away and predictions are
spilled, or while the spill is replayed.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.serving.home import make_home
from benchmarks.serving.network import MODEL, make_bundle
from infra.domain.errors import Unavailable
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports
from tests.chaos.clients import PATIENCE_SECONDS, Acknowledged, Client
from tests.chaos.outages import away
from tests.chaos.reckoning import find_changed, find_problems
from tests.chaos.service import Nursery, Service

Moment = Literal["serving", "spilling", "draining"]
CLIENTS = 4
_MOST_BEFORE = 80
"""A round ends after at most so many acknowledged requests."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the rounds gave; `problems` is empty when every promise was kept."""

    database: str
    seed: int
    rounds: int
    kills: dict[str, int]
    seconds: float
    requests_acknowledged: int
    rows_acknowledged: int
    tried_again: int
    repeated: int
    conflicts: int
    problems: list[str]


def endure(nursery: Nursery, settings: Settings, moments: Sequence[Moment], seed: int) -> Summary:
    """One round for each of the moments, in an empty home."""
    began = time.monotonic()
    make_home(settings, make_bundle(1))
    ordeal = _Ordeal(nursery, settings, seed)
    ordeal.run(moments)
    requests = [one for client in ordeal.clients for one in client.acknowledged]
    return Summary(
        database=settings.database.partition(":")[0],
        seed=seed,
        rounds=len(moments),
        kills=dict(Counter(moments)),
        seconds=round(time.monotonic() - began, 1),
        requests_acknowledged=len(requests),
        rows_acknowledged=sum(len(one.entries) for one in requests),
        tried_again=sum(client.tried_again for client in ordeal.clients),
        repeated=sum(client.repeated for client in ordeal.clients),
        conflicts=sum(client.conflicts for client in ordeal.clients),
        problems=ordeal.problems,
    )


class _Ordeal:
    def __init__(self, nursery: Nursery, settings: Settings, seed: int) -> None:
        self._nursery, self._settings = nursery, settings
        self._random = random.Random(seed)
        self._calm = threading.Lock()
        self._ports: Ports = build_ports(settings)
        self._service = self._start()
        self.clients = [
            Client(f"c{number}", seed * 100 + number, lambda: self._service.url, self._calm)
            for number in range(CLIENTS)
        ]
        self.problems: list[str] = []

    def run(self, moments: Sequence[Moment]) -> None:
        for client in self.clients:
            client.start()
        for moment in moments:
            self._round(moment)
        for client in self.clients:
            client.finish()
            self.problems += client.problems
        self._await(self._is_drained, "the spill is empty")
        acknowledged = [one for client in self.clients for one in client.acknowledged]
        self.problems += self._reckon(acknowledged)
        self.problems += find_changed(self._service.url, acknowledged)
        self._service.stop()
        self.problems += self._reckon(acknowledged)  # sending it all again has added nothing

    def _reckon(self, acknowledged: Sequence[Acknowledged]) -> list[str]:
        return find_problems(self._ports, self._settings.database, self._settings.spill, acknowledged)

    def _round(self, moment: Moment) -> None:
        if moment == "serving":
            self._await_acknowledged(self._random.randint(0, _MOST_BEFORE))
            self._kill()
            return
        with self._calm:
            self._await_acknowledged_by_each()  # of what a killed process stored, nothing is left unacknowledged
            with away(self._settings.database):
                self._await(lambda: not self._is_drained(), "something is spilled")
                self._await_acknowledged(self._random.randint(1, _MOST_BEFORE))
                if moment == "spilling":
                    self._service.kill()
            if moment == "spilling":
                self._service = self._start()
            else:
                before = self._last_seq()
                self._await(lambda: self._last_seq() > before, "the spill is replayed")
                self._kill()
            self._await(self._is_drained, "the spill is empty")

    def _kill(self) -> None:
        time.sleep(self._random.uniform(0, 0.005))  # the moment is meant to be random within a commit
        self._service.kill()
        self._service = self._start()

    def _start(self) -> Service:
        service = self._nursery.start(
            {"KEEPSHARP_HOME": str(self._settings.home), "KEEPSHARP_DATABASE_URL": self._settings.database_url}
        )
        service.await_ready()
        return service

    def _await_acknowledged(self, more: int) -> None:
        until = self._acknowledged() + more
        self._await(lambda: self._acknowledged() >= until, f"{more} more requests are acknowledged")

    def _await_acknowledged_by_each(self) -> None:
        before = [len(client.acknowledged) for client in self.clients]
        self._await(
            lambda: all(len(one.acknowledged) > known for one, known in zip(self.clients, before, strict=True)),
            "every client has been answered",
        )

    def _await(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            found = [problem for client in self.clients for problem in client.problems]
            assert not found, found
            assert time.monotonic() < deadline, f"waited in vain until {what}: {self._nursery.last_words()}"
            time.sleep(0.001)

    def _acknowledged(self) -> int:
        return sum(len(client.acknowledged) for client in self.clients)

    def _is_drained(self) -> bool:
        return not any(self._settings.spill.glob("*.spill"))

    def _last_seq(self) -> int:
        try:
            return self._ports.predictions.last_seq(MODEL)
        except Unavailable:
            return -1


def moments_of(rounds: int) -> list[Moment]:
    """Three of five rounds end while the database is there."""
    cycle: tuple[Moment, ...] = ("serving", "spilling", "serving", "draining", "serving")
    return [cycle[number % len(cycle)] for number in range(rounds)]


def home_at(folder: Path, database_url: str = "") -> Settings:
    """Settings of an installation in that folder, whatever the environment says."""
    return Settings(home=folder, database_url=database_url)
