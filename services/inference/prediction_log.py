"""Group commit: an answer leaves only after its prediction is on disk, and concurrent requests share a commit.

One writer thread takes what waits in a bounded queue and stores it in one durable transaction; the requests'
futures are resolved after the commit. A request that conflicts is stored on its own, so that it spoils no other.
It knows the `Predictions` port and nothing of HTTP or models.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from infra.domain.errors import Conflict, Unavailable
from infra.domain.predictions import Prediction
from infra.ports import Predictions

Stored = list[Prediction | None]
"""What stands under each id now; None where the id stands for other features."""

log = structlog.get_logger(__name__)
_CONFLICT_ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    predictions: Sequence[Prediction]
    all_or_nothing: bool
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Stored]


class PredictionLog:
    """The one writer of predictions in this process."""

    def __init__(
        self,
        predictions: Predictions,
        *,
        on_commit: Callable[[int], None],
        max_queue_rows: int = 50_000,
        max_batch_rows: int = 5_000,
    ) -> None:
        """`on_commit` is told the rows of each transaction."""
        self._predictions = predictions
        self._max_queue_rows, self._max_batch_rows = max_queue_rows, max_batch_rows
        self._on_commit = on_commit
        self._queue: deque[_Job] = deque()
        self._queued_rows = 0
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

    async def write(self, predictions: Sequence[Prediction], *, all_or_nothing: bool = False) -> Stored:
        """Store the predictions durably; return what now stands under each id, in order.

        An id that stands for other features gives None in its place and the others are stored, or, with
        `all_or_nothing`, raises Conflict and none is stored.

        Raises:
            Unavailable: the queue is full, the log is closed, or the database is away; nothing was stored.
        """
        loop = asyncio.get_running_loop()
        job = _Job(predictions, all_or_nothing, loop, loop.create_future())
        with self._changed:
            if self._closed:
                raise Unavailable("the service is stopping and stores no more predictions: send the request again")
            if self._queue and self._queued_rows + len(predictions) > self._max_queue_rows:
                raise Unavailable(
                    f"{self._queued_rows} predictions wait to be stored, and the queue holds {self._max_queue_rows}: "
                    "send the request again in a second"
                )
            self._queue.append(job)
            self._queued_rows += len(predictions)
            self._changed.notify()
        return await job.done

    def _run(self) -> None:
        while batch := self._take():
            outcomes = self._commit(batch)
            for loop in {job.loop for job in batch}:
                mine = [(job, outcome) for job, outcome in zip(batch, outcomes, strict=True) if job.loop is loop]
                _resolve_on(loop, mine)

    def _take(self) -> list[_Job]:
        """The next jobs, at least one; none when the log was closed and is empty."""
        batch: list[_Job] = []
        rows = 0
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            while self._queue and (not batch or rows + len(self._queue[0].predictions) <= self._max_batch_rows):
                batch.append(self._queue.popleft())
                rows += len(batch[-1].predictions)
            self._queued_rows -= rows
        return batch

    def _commit(self, batch: Sequence[_Job]) -> list[Stored | Exception]:
        """One transaction for all; where that cannot be, one for each request."""
        together = _merge(batch)
        if together is None:
            return [self._commit_alone(job) for job in batch]
        try:
            stored = self._add(list(together.values()))
        except Unavailable as error:
            return [error] * len(batch)
        except Exception as error:
            if not isinstance(error, Conflict):
                log.exception("a shared commit failed; each request is stored on its own", requests=len(batch))
            return [self._commit_alone(job) for job in batch]
        standing = {(one.model, one.id): one for one in stored}
        return [[standing[one.model, one.id] for one in job.predictions] for job in batch]

    def _commit_alone(self, job: _Job) -> Stored | Exception:
        try:
            return self._store(job)
        except Exception as error:
            if not isinstance(error, Conflict | Unavailable):
                log.exception("predictions could not be stored", rows=len(job.predictions))
            return error

    def _store(self, job: _Job) -> Stored:
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
        return {one.id for one in rows if one.id in found and found[one.id].fingerprint != one.fingerprint}

    def _add(self, rows: Sequence[Prediction]) -> list[Prediction]:
        stored = self._predictions.add(rows)
        self._on_commit(len(rows))
        return stored


def _merge(batch: Sequence[_Job]) -> dict[tuple[str, str], Prediction] | None:
    """All predictions of the batch, each id once; None when two requests use one id for different features."""
    merged: dict[tuple[str, str], Prediction] = {}
    for job in batch:
        for one in job.predictions:
            if merged.setdefault((one.model, one.id), one).fingerprint != one.fingerprint:
                return None
    return merged


def _resolve_on(loop: asyncio.AbstractEventLoop, outcomes: Sequence[tuple[_Job, Stored | Exception]]) -> None:
    """Wake the loop once for the whole batch; a loop that has ended has nobody left to answer."""
    try:
        loop.call_soon_threadsafe(_resolve, outcomes)
    except RuntimeError:
        log.warning("the event loop ended before its answers were stored", requests=len(outcomes))


def _resolve(outcomes: Sequence[tuple[_Job, Stored | Exception]]) -> None:
    for job, outcome in outcomes:
        if job.done.done():
            continue
        if isinstance(outcome, Exception):
            job.done.set_exception(outcome)
        else:
            job.done.set_result(outcome)
