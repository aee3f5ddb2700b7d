"""Group commit: an answer leaves only after its prediction is on disk, and concurrent requests share a commit.

One writer thread takes what waits in a bounded queue and stores it in one durable transaction; the requests are
told after the commit. A request that conflicts is stored on its own, so that it spoils no other.
It knows a place that stores predictions, and nothing of HTTP or models.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from infra.domain.errors import Conflict, Unavailable
from infra.domain.predictions import Prediction, same_features

Stored = Sequence[Prediction | None]
"""What stands under each id now; None where the id stands for other features."""

log = structlog.get_logger(__name__)
_CONFLICT_ROUNDS = 3


class Storing(Protocol):
    """Where predictions are kept: as the port `Predictions` does it."""

    def add(self, given: Sequence[Prediction], /) -> list[Prediction]: ...

    def find(self, model: str, ids: Sequence[str]) -> dict[str, Prediction]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What one request wants stored. `done` is told on the event loop that made it."""

    predictions: Sequence[Prediction]
    all_or_nothing: bool
    done: asyncio.Future[Stored]


class PredictionLog:
    """The one writer of predictions in this process."""

    def __init__(
        self,
        predictions: Storing,
        *,
        on_commit: Callable[[int], None],
        max_queue_rows: int = 50_000,
        max_batch_rows: int = 5_000,
    ) -> None:
        """`on_commit` is told the rows of each transaction."""
        self._predictions = predictions
        self._max_queue_rows, self._max_batch_rows = max_queue_rows, max_batch_rows
        self._on_commit = on_commit
        self.on_idle: Callable[[], None] = lambda: None
        """Called by the writer when it has stored all that was queued, before those who wait are told."""
        self._queue: deque[Job] = deque()
        self._queued_rows = 0
        self._is_writing = False
        self._closed = True
        self._changed = threading.Condition()
        self._writer: threading.Thread | None = None

    def start(self) -> None:
        """Start the writer."""
        self._closed = False
        self._writer = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Store what is queued, then end the writer. Blocks until it ended."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._writer is not None:
            self._writer.join()

    @property
    def depth(self) -> int:
        """Rows waiting for the writer."""
        return self._queued_rows

    @property
    def is_busy(self) -> bool:
        """Whether the writer is at work, or will be at once."""
        return self._is_writing or bool(self._queue)

    def require_room(self, rows: int, waiting: int = 0) -> None:
        """Raise Unavailable when so many more rows, with those `waiting` elsewhere, would be too many."""
        if self._closed:
            raise Unavailable("the service is stopping and stores no more predictions: send the request again")
        ahead = self._queued_rows + waiting
        if ahead and ahead + rows > self._max_queue_rows:
            raise Unavailable(
                f"{ahead} predictions wait to be stored, and the queue holds {self._max_queue_rows}: "
                "send the request again in a second"
            )

    def put(self, jobs: Sequence[Job]) -> None:
        """Queue jobs in their order; `done` of each is set when it is stored, or failed."""
        with self._changed:
            self._queue.extend(jobs)
            self._queued_rows += sum(len(job.predictions) for job in jobs)
            self._changed.notify()

    async def write(self, predictions: Sequence[Prediction], *, all_or_nothing: bool = False) -> Stored:
        """Store the predictions durably; return what now stands under each id, in order.

        An id that stands for other features gives None in its place and the others are stored, or, with
        `all_or_nothing`, raises Conflict and none is stored.

        Raises:
            StorageFull: the disk is full; nothing was stored.
            Unavailable: the queue is full, the log is closed, or nothing can be stored now; nothing was.
        """
        self.require_room(len(predictions))
        job = Job(predictions, all_or_nothing, asyncio.get_running_loop().create_future())
        self.put([job])
        return await job.done

    def _run(self) -> None:
        while batch := self._take():
            outcomes = self._commit(batch)
            self._is_writing = False
            if not self._queue:
                self.on_idle()
            loops = {job.done.get_loop() for job in batch}
            for loop in loops:
                mine = [pair for pair in zip(batch, outcomes, strict=True) if pair[0].done.get_loop() is loop]
                _resolve_on(loop, mine)

    def _take(self) -> list[Job]:
        """The next jobs, at least one; none when the log was closed and is empty."""
        batch: list[Job] = []
        rows = 0
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            while self._queue and (not batch or rows + len(self._queue[0].predictions) <= self._max_batch_rows):
                batch.append(self._queue.popleft())
                rows += len(batch[-1].predictions)
            self._queued_rows -= rows
            self._is_writing = bool(batch)
        return batch

    def _commit(self, batch: Sequence[Job]) -> list[Stored | Exception]:
        """One transaction for all; where that cannot be, one for each request."""
        rows = [one for job in batch for one in job.predictions]
        merged = _merge(rows)
        if merged is None:
            return [self._commit_alone(job) for job in batch]
        try:
            stored = self._add(merged)
        except Unavailable as error:
            return [error] * len(batch)
        except Exception as error:
            if not isinstance(error, Conflict):
                log.exception("a shared commit failed; each request is stored on its own", requests=len(batch))
            return [self._commit_alone(job) for job in batch]
        return _share_out(batch, rows, stored)

    def _commit_alone(self, job: Job) -> Stored | Exception:
        try:
            return self._store(job)
        except Exception as error:
            if not isinstance(error, Conflict | Unavailable):
                log.exception("predictions could not be stored", rows=len(job.predictions))
            return error

    def _store(self, job: Job) -> Stored:
        """Store one request, leaving out ids that stand for other features; another process may race us."""
        clashing: set[str] = set()
        for attempt in range(1, _CONFLICT_ROUNDS + 1):
            rows = list({one.id: one for one in job.predictions if one.id not in clashing}.values())
            try:
                standing = {one.id: one for one in self._add(rows)} if rows else {}
            except Conflict:
                if job.all_or_nothing or attempt == _CONFLICT_ROUNDS:
                    raise
                clashing |= self._clashes(rows)
            else:
                return [standing.get(one.id) for one in job.predictions]
        raise AssertionError("the last round returns or raises")

    def _clashes(self, rows: Sequence[Prediction]) -> set[str]:
        found = self._predictions.find(rows[0].model, [one.id for one in rows])
        return {one.id for one in rows if one.id in found and not same_features(found[one.id].features, one.features)}

    def _add(self, rows: Sequence[Prediction]) -> list[Prediction]:
        stored = self._predictions.add(rows)
        self._on_commit(len(rows))
        return stored


def _merge(rows: Sequence[Prediction]) -> Sequence[Prediction] | None:
    """The rows, each id once; None when one id is used for different features."""
    merged = {(one.model, one.id): one for one in rows}
    if len(merged) == len(rows):
        return rows
    for one in rows:
        if not same_features(merged[one.model, one.id].features, one.features):
            return None
    return list(merged.values())


def _share_out(
    batch: Sequence[Job], rows: Sequence[Prediction], stored: Sequence[Prediction]
) -> list[Stored | Exception]:
    """What was stored, in the order of each job's rows."""
    if len(stored) != len(rows):
        standing = {(one.model, one.id): one for one in stored}
        stored = [standing[one.model, one.id] for one in rows]
    shares: list[Stored | Exception] = []
    start = 0
    for job in batch:
        end = start + len(job.predictions)
        shares.append(stored[start:end])
        start = end
    return shares


def _resolve_on(loop: asyncio.AbstractEventLoop, outcomes: Sequence[tuple[Job, Stored | Exception]]) -> None:
    """Wake the loop once for the whole batch; a loop that has ended has nobody left to answer."""
    try:
        loop.call_soon_threadsafe(_resolve, outcomes)
    except RuntimeError:
        log.warning("the event loop ended before its answers were stored", requests=len(outcomes))


def _resolve(outcomes: Sequence[tuple[Job, Stored | Exception]]) -> None:
    for job, outcome in outcomes:
        if job.done.done():
            continue
        if isinstance(outcome, Exception):
            job.done.set_exception(outcome)
        else:
            job.done.set_result(outcome)
