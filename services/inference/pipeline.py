"""One forward for all that waits: questions gather while the writer is busy, and are answered and stored together.

Lives on one event loop. A version whose forward takes long answers on a thread of its own, so that the loop goes on
reading. It knows versions and the prediction log; it knows nothing of dialects or HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import structlog

from services.inference.drafting import Asked, Forward, draft
from services.inference.prediction_log import Job, PredictionLog, Stored
from services.inference.refusing import refuse_unusable

log = structlog.get_logger(__name__)
MAX_BATCH_ROWS = 4096
INLINE_SECONDS = 0.005
"""A forward that is expected to take longer leaves the event loop."""


class Waiting(NamedTuple):
    """A question, who waits for it, and how many rows it had when it came."""

    asked: Asked
    done: asyncio.Future[Stored]
    rows: int


class Pipeline:
    """Answers and stores questions, as many at a time as wait."""

    def __init__(self, prediction_log: PredictionLog, on_unstored: Callable[[int], None]) -> None:
        """`on_unstored` is told the rows that were answered, `relaxed`, and could not be stored."""
        self._log, self._on_unstored = prediction_log, on_unstored
        self._waiting: list[Waiting] = []
        self._held_rows = 0  # not yet with the log: those that wait, and those that are being answered
        self._is_due = False
        self._forward = Forward()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="forward")
        self._away: set[asyncio.Task[None]] = set()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work on this loop from now on."""
        self._loop = loop
        self._log.on_idle = self._on_idle

    def close(self) -> None:
        """End the thread for slow forwards."""
        self._threads.shutdown()

    async def ask(self, asked: Asked) -> Stored:
        """What stands under the id of each row that was answered, in the order of `asked.places`.

        Raises:
            Problem: the network had no finite answer for a row, and no other is left or all were wanted.
            Conflict, StorageFull, Unavailable: as `PredictionLog.write`.
        """
        self._log.require_room(asked.size, self._held_rows)
        done: asyncio.Future[Stored] = self._loop.create_future()
        self._waiting.append(Waiting(asked, done, asked.size))
        self._held_rows += asked.size
        if not self._is_due and not self._log.is_busy:
            self._plan()
        return await done

    def _plan(self) -> None:
        self._is_due = True
        self._loop.call_soon(self._work)

    def _on_idle(self) -> None:
        """On the writer's thread: all that came in while it wrote is one batch."""
        if self._waiting and not self._is_due:
            self._loop.call_soon_threadsafe(self._work)

    def _work(self) -> None:
        """Answer what waits: at once, or on the other thread where that takes long."""
        self._is_due = False
        batch = self._take()
        slow = [pair for pair in batch if self._forward.expected_seconds(pair.asked) > INLINE_SECONDS]
        if slow:
            task = self._loop.create_task(self._answer_away(slow))
            self._away.add(task)
            task.add_done_callback(self._away.discard)
            batch = [pair for pair in batch if pair not in slow]
        if batch:
            self._forward.answer([one.asked for one in batch])
            self._store(batch)

    def _take(self) -> list[Waiting]:
        taken, rows = 0, 0
        for one in self._waiting:
            if taken and rows + one.rows > MAX_BATCH_ROWS:
                break
            taken, rows = taken + 1, rows + one.rows
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        if self._waiting:
            self._plan()
        return batch

    async def _answer_away(self, batch: list[Waiting]) -> None:
        await self._loop.run_in_executor(self._threads, self._forward.answer, [one.asked for one in batch])
        self._store(batch)

    def _store(self, batch: Sequence[Waiting]) -> None:
        self._held_rows -= sum(one.rows for one in batch)
        jobs = []
        for asked, done, _ in batch:
            if done.done():  # the client went away: nobody was promised anything
                continue
            try:
                predictions = draft(asked)
                refuse_unusable(asked.errors, len(predictions), asked.all_or_nothing)
            except Exception as error:  # noqa: BLE001 - whoever asked is told, whatever it is
                done.set_exception(error)
                continue
            if asked.relaxed:
                done.set_result(predictions)
                done = self._loop.create_future()
                done.add_done_callback(self._count_unstored)
            jobs.append(Job(predictions, asked.all_or_nothing, done))
        if jobs:
            self._log.put(jobs)

    def _count_unstored(self, done: asyncio.Future[Stored]) -> None:
        """After an answer that did not wait: say what became of it."""
        error = done.exception()
        if error is not None:
            log.error("answers that did not wait for the disk could not be stored", problem=str(error))
        lost = sum(one is None for one in done.result()) if error is None else 1
        if lost:
            self._on_unstored(lost)
