"""A database that can be away, and a way to wait for the spill without sleeping."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from infra.domain.errors import StorageFull
from infra.domain.predictions import Prediction
from infra.memory.predictions import Ledger, MemoryPredictions
from infra.spill.spilling import SpillingPredictions
from infra.spill.waiting import Waiting
from tests.contracts.building import prediction

LONG_SECONDS = 20.0


def some(*names: str, **changes: object) -> list[Prediction]:
    return [prediction(name, **changes) for name in names]


def ids(predictions: Iterable[Prediction]) -> list[str]:
    return [one.id for one in predictions]


class Database(MemoryPredictions):
    """The double, which fails with `failure` while there is one; `calls` counts what it was asked to add."""

    def __init__(self) -> None:
        super().__init__(Ledger())
        self.failure: Exception | None = None
        self.calls = 0
        self.before_add: Callable[[Sequence[Prediction]], None] = lambda _: None

    def add(self, given: Sequence[Prediction]) -> list[Prediction]:
        self.calls += 1
        self._fail()
        self.before_add(given)
        return super().add(given)

    def find(self, model: str, names: Sequence[str]) -> dict[str, Prediction]:
        self._fail_reading()
        return super().find(model, names)

    def last_seq(self, model: str) -> int:
        self._fail_reading()
        return super().last_seq(model)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _fail_reading(self) -> None:
        if not isinstance(self.failure, StorageFull):  # a full disk can still be read
            self._fail()

    def stored(self) -> list[Prediction]:
        """In order of arrival."""
        ledger = self._ledger
        return list(ledger.order.get("grid", []))


class Spill(SpillingPredictions):
    """One whose changes can be waited for."""

    def __init__(self, database: Database, folder: Path, max_bytes: int = 1_000_000) -> None:
        self._news = threading.Condition()
        self.changes = 0
        super().__init__(database, folder, max_bytes, on_change=self._hear, probe_seconds=0.01)

    def wait_until_empty(self) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.rows == 0, LONG_SECONDS), f"{self.rows} rows still wait"

    def wait_for_changes(self, number: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.changes >= number, LONG_SECONDS)

    def _hear(self, _: int) -> None:
        with self._news:
            self.changes += 1
            self._news.notify_all()


def opened(folder: Path, max_bytes: int = 1_000_000) -> Waiting:
    waiting = Waiting(folder, max_bytes)
    waiting.open()
    return waiting


def everything(waiting: Waiting) -> list[Prediction]:
    return [one for entry in waiting.oldest(10**9) for one in waiting.read(entry)]
