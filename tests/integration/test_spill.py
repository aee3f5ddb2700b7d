"""Predictions go on while the database is away: a PostgreSQL behind a wire that is cut, a SQLite file that is locked,
and a process that is killed while it spills."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Engine, make_url

from infra.database import open_engine
from infra.spill.spilling import SpillingPredictions
from infra.stores.predictions import SqlPredictions
from infra.transactions import SHORT_PATIENCE_SECONDS, writing
from tests.contracts.building import prediction

T = TypeVar("T")
LONG_SECONDS = 60.0
HEAL_SECONDS = 30.0


class Wire:
    """A TCP port that leads to a server's Unix socket while it is not cut."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._carrying: set[asyncio.Task[None]] = set()
        self.mend()

    def mend(self) -> None:
        """Listen, on the port that it had before."""
        self._server = self._do(asyncio.start_server(self._carry, "127.0.0.1", self.port))
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Refuse everybody, and drop those that are connected."""
        self._do(self._drop())

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LONG_SECONDS)
        self._loop.close()

    def _do(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LONG_SECONDS)

    async def _drop(self) -> None:
        self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry_both(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry_both(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(str(self._target))
        try:
            await asyncio.wait(
                [asyncio.create_task(_pipe(reader, to_server)), asyncio.create_task(_pipe(from_server, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            writer.transport.abort()
            to_server.transport.abort()


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)


@contextmanager
def spilling(engine: Engine, folder: Path) -> Iterator[SpillingPredictions]:
    spill = SpillingPredictions(SqlPredictions(engine), folder, 10_000_000, probe_seconds=0.05)
    spill.start()
    yield spill
    spill.close()


def wait_until_empty(spill: SpillingPredictions) -> None:
    deadline = time.monotonic() + HEAL_SECONDS
    while spill.rows:
        assert time.monotonic() < deadline, f"{spill.rows} rows still wait"
        threading.Event().wait(0.01)


def stored(engine: Engine) -> list[str]:
    """Ids in order of arrival, whose places have no gaps."""
    found = SqlPredictions(engine).between("grid", 1, 10**9)
    assert [row.seq for row in found] == list(range(1, len(found) + 1))
    return [row.prediction.id for row in found]


@pytest.mark.postgres
def test_a_postgresql_that_goes_away_and_comes_back_has_everything_once_and_in_order(
    postgres_engine: Engine, postgres_url: str, tmp_path: Path
) -> None:
    direct = make_url(postgres_url)
    wire = Wire(Path(str(direct.query["host"])) / ".s.PGSQL.5432")
    url = direct.set(host="127.0.0.1", port=wire.port, query={})
    engine = open_engine(url.render_as_string(hide_password=False))
    sent: list[str] = []

    def send(spill: SpillingPredictions, rows: int) -> None:
        for _ in range(rows):
            one = prediction(f"p{len(sent)}", features={"load": len(sent), "share": 1.0})
            assert spill.add([one]) == [one]
            sent.append(one.id)

    with spilling(engine, tmp_path) as spill:
        for _ in range(3):
            send(spill, 20)
            assert spill.rows == 0
            wire.cut()
            send(spill, 30)
            assert spill.rows == 30
            assert spill.add([prediction(sent[-1], value="DOWN", features={"load": len(sent) - 1, "share": 1.0})]) == [
                prediction(sent[-1], features={"load": len(sent) - 1, "share": 1.0})
            ]
            wire.mend()
            send(spill, 10)
            wait_until_empty(spill)
        send(spill, 1)
    engine.dispose()
    wire.close()
    assert stored(postgres_engine) == sent
    features = SqlPredictions(postgres_engine).get("grid", sent[-2]).prediction.features
    assert [type(value) for value in features.values()] == [int, float]


def test_a_prediction_does_not_wait_long_behind_a_foreign_lock(sqlite_engine: Engine, tmp_path: Path) -> None:
    other = open_engine(str(sqlite_engine.url))
    with spilling(sqlite_engine, tmp_path / "spill") as spill:
        began = time.monotonic()
        with writing(other):
            for n in range(20):
                spill.add([prediction(f"p{n}")])
            waited = time.monotonic() - began
            assert spill.rows == 20
        wait_until_empty(spill)
    other.dispose()
    assert stored(sqlite_engine) == [f"p{n}" for n in range(20)]
    assert waited < 10 * SHORT_PATIENCE_SECONDS, "only the first waits, and not 30 s"


_SCRIPT = """
import sys
from itertools import count
from pathlib import Path
import structlog
from infra.domain.errors import Unavailable
from infra.memory.predictions import Ledger, MemoryPredictions
from infra.spill import waiting
from infra.spill.spilling import SpillingPredictions
from tests.contracts.building import prediction

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
waiting.SEGMENT_BYTES = 5_000

class Away(MemoryPredictions):
    def add(self, *given):
        raise Unavailable("away")
    find = last_seq = add

spill = SpillingPredictions(Away(Ledger()), Path(sys.argv[1]), 10**9)
spill.start()
for n in count():
    for one in spill.add([prediction(f"{sys.argv[2]}-{n}-{row}") for row in range(3)]):
        print(one.id)
    sys.stdout.flush()
"""


@pytest.mark.parametrize("acknowledged", [3, 30, 150])
def test_sigkill_while_spilling_loses_nothing_that_was_acknowledged(
    sqlite_engine: Engine, tmp_path: Path, acknowledged: int
) -> None:
    printed: list[str] = []
    for round_ in range(3):  # each process finds what the killed ones before it left, and adds to it
        with subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, str(tmp_path / "spill"), f"{round_}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            process_group=0,
        ) as process:
            assert process.stdout is not None
            printed += [process.stdout.readline().strip() for _ in range(acknowledged)]
            os.kill(process.pid, signal.SIGKILL)
            printed += [line.strip() for line in process.stdout if line.endswith("\n")]
        assert process.returncode == -signal.SIGKILL

    with spilling(sqlite_engine, tmp_path / "spill") as spill:
        wait_until_empty(spill)
    found = stored(sqlite_engine)
    assert set(found) >= set(printed), "nothing is lost"
    assert len(found) == len(set(found))
    assert 0 <= len(found) - len(printed) <= 3 * 3, "at most one unacknowledged batch of each process"
    assert [name for name in found if name in set(printed)] == printed, "the order of arrival holds"
    assert len(found) % 3 == 0, "no batch is halved"
    assert list((tmp_path / "spill").iterdir()) == []
