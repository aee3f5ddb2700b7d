from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from infra.domain.errors import Conflict, Unavailable
from infra.domain.predictions import Prediction
from infra.memory import memory_ports
from infra.ports import Predictions
from services.inference.prediction_log import PredictionLog
from tests.unit.services.inference.building import NOW

pytestmark = pytest.mark.anyio


def prediction(name: str, mark: str = "a") -> Prediction:
    return Prediction(model="m", id=name, time=NOW, features={"mark": mark}, value=mark, version=1)


class Gate:
    """Predictions whose store waits until it is opened, counts its transactions, and fails on demand."""

    def __init__(self, folder: Path) -> None:
        self.inner = memory_ports(folder).predictions
        self.opened = threading.Event()
        self.entered = threading.Event()
        self.transactions: list[int] = []
        self.failures: list[Exception] = []

    def add(self, given: Sequence[Prediction]) -> list[Prediction]:
        self.entered.set()
        assert self.opened.wait(10)
        if self.failures:
            raise self.failures.pop(0)
        stored = self.inner.add(given)
        self.transactions.append(len(given))
        return stored

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def held(self) -> None:
        """Until the writer is inside a transaction."""
        await asyncio.to_thread(self.entered.wait, 10)


def log_on(gate: Gate, **limits: int) -> PredictionLog:
    log = PredictionLog(cast(Predictions, gate), on_commit=lambda rows: None, **limits)
    log.start()
    return log


async def queued(log: PredictionLog, *requests: Sequence[Prediction], strict: bool = False) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(log.write(rows, all_or_nothing=strict)) for rows in requests]
    await asyncio.sleep(0)
    return tasks


async def test_requests_that_wait_share_a_transaction(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    log = log_on(gate)
    first = await queued(log, [prediction("p0")])
    await gate.held()
    others = await queued(log, *([prediction(f"p{place}")] for place in range(1, 21)))
    assert log.depth == 20
    assert not first[0].done()
    gate.opened.set()
    answers = await asyncio.gather(*first, *others)
    assert [answer[0].id for answer in answers] == [f"p{place}" for place in range(21)]
    assert gate.transactions == [1, 20]
    assert log.depth == 0
    log.close()


async def test_a_batch_is_bounded(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    log = log_on(gate, max_batch_rows=3)
    tasks = await queued(log, [prediction("p0")])
    await gate.held()
    tasks += await queued(log, *([prediction(f"{name}{place}") for place in range(2)] for name in "abc"))
    tasks += await queued(log, [prediction(f"d{place}") for place in range(7)])
    gate.opened.set()
    await asyncio.gather(*tasks)
    assert gate.transactions == [1, 2, 2, 2, 7]
    log.close()


async def test_a_full_queue_refuses_and_forgets_nothing(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    log = log_on(gate, max_queue_rows=2)
    tasks = await queued(log, [prediction("p0")])
    await gate.held()
    tasks += await queued(log, [prediction("p1")], [prediction("p2")])
    with pytest.raises(Unavailable, match="2 predictions wait"):
        await log.write([prediction("p3")])
    gate.opened.set()
    await asyncio.gather(*tasks)
    assert gate.inner.last_seq("m") == 3
    log.close()


async def test_a_conflict_spoils_no_other_request(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.inner.add([prediction("taken", "a")])
    log = log_on(gate)
    tasks = await queued(log, [prediction("p0")])
    await gate.held()
    tasks += await queued(log, [prediction("p1")], [prediction("taken", "b"), prediction("p2")])
    strict = await queued(log, [prediction("taken", "c"), prediction("p3")], strict=True)
    gate.opened.set()
    answers = await asyncio.gather(*tasks)
    assert [[one and one.id for one in answer] for answer in answers] == [["p0"], ["p1"], [None, "p2"]]
    with pytest.raises(Conflict):
        await strict[0]
    assert set(gate.inner.find("m", ["p1", "p2", "p3"])) == {"p1", "p2"}
    log.close()


async def test_a_fault_of_the_store_reaches_only_those_it_concerns(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    log = log_on(gate)
    tasks = await queued(log, [prediction("p0")])
    await gate.held()
    tasks += await queued(log, [prediction("p1")], [prediction("p2")])
    gate.failures = [Unavailable("the disk is full"), ValueError("shared"), ValueError("only the first")]
    gate.opened.set()
    with pytest.raises(Unavailable, match="the disk is full"):
        await tasks[0]
    with pytest.raises(ValueError, match="only the first"):
        await tasks[1]
    assert [one.id for one in await tasks[2]] == ["p2"]
    log.close()


async def test_closing_stores_what_is_queued_and_takes_no_more(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    log = log_on(gate)
    tasks = await queued(log, [prediction("p0")])
    await gate.held()
    tasks += await queued(log, [prediction("p1")])
    closing = asyncio.create_task(asyncio.to_thread(log.close))
    gate.opened.set()
    await closing
    await asyncio.gather(*tasks)
    assert gate.inner.last_seq("m") == 2
    with pytest.raises(Unavailable, match="stopping"):
        await log.write([prediction("p2")])


async def test_a_client_that_went_away_does_not_stop_the_writer(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    log = log_on(gate)
    (gone,) = await queued(log, [prediction("p0")])
    await gate.held()
    gone.cancel()
    gate.opened.set()
    assert [one and one.id for one in await log.write([prediction("p1")])] == ["p1"]
    assert gate.inner.last_seq("m") == 2
    log.close()
