"""What others would have said: versions beside the champion answer in the background what it has answered.

Their answers are stored and never returned. `offer` only appends to a bounded queue; one thread wakes a few times a
second, answers a batch, stores it in one transaction, and then rests at least 24 times as long as that took by the
wall clock, so that it takes at most 4 % of one core, and of the database too. What does not fit is dropped and
counted. It knows nothing of HTTP.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from infra.domain.predictions import Prediction
from infra.domain.shadows import AppointmentRole, ShadowAnswer
from infra.ledger.accruals import share
from infra.ports import Shadows
from services.inference.canary import in_shadow
from services.inference.metrics import Metrics
from services.inference.predictor import Deployment, Predictor, Serving
from services.inference.shadow_answers import shadow_answers

log = structlog.get_logger(__name__)

WAKE_SECONDS = 0.25
REST: Final = 24.0
"""Seconds of rest for each second of work: 1 / (1 + 24) is 4 %."""
BATCH_ROWS = 256
"""Of all versions together; a small batch holds the interpreter and the database only for moments."""
MAX_WAITING = 1_000
"""Rows that may wait for each version; they are kept whole, pictures and all."""
Key = tuple[str, AppointmentRole]


class Shadowing:
    """The one background thread of this process that answers in shadow."""

    def __init__(
        self,
        predictor: Predictor,
        shadows: Shadows,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.perf_counter,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        """`clock` gives seconds from any beginning."""
        self._predictor, self._shadows, self._metrics = predictor, shadows, metrics
        self._clock, self._max_waiting = clock, max_waiting
        self._waiting: dict[Key, deque[Prediction]] = {}
        self._failing: set[Serving] = set()
        self._is_store_failing = False
        self.cpu_seconds: dict[str, float] = {}
        """What answering in shadow took so far, by model; written by the thread alone."""
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._closing.clear()
        self._thread = threading.Thread(target=self._run, name="shadowing", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; what still waits is dropped and counted. Blocks until the batch at hand is stored."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        for key, waiting in self._waiting.items():
            self._count(key, "skipped", len(waiting))
            waiting.clear()

    def offer(self, predictions: Sequence[Prediction]) -> None:
        """Queue what was just answered for those who shadow it. Never blocks, and raises nothing for want of room.

        The simple model shadows every row; a challenger those that the model file's share picks by their ids, and
        none that it answered itself.
        """
        if not predictions or not self._predictor.is_shadowed(predictions[0].model):
            return
        skipped: Counter[Key] = Counter()
        for prediction in predictions:
            deployment = self._predictor.deployment(prediction.model)
            for role in () if deployment is None else _shadows_of(prediction, deployment):
                key = (prediction.model, role)
                waiting = self._waiting.setdefault(key, deque())
                if len(waiting) < self._max_waiting:
                    waiting.append(prediction)
                else:
                    skipped[key] += 1
        for key, rows in skipped.items():
            self._count(key, "skipped", rows)

    def work(self) -> float:
        """Answer one batch of what waits; the seconds to rest afterwards."""
        started, begun = self._clock(), time.thread_time()
        busy = [key for key, waiting in list(self._waiting.items()) if waiting]
        if busy:
            taken = {key: self._take(key, max(1, BATCH_ROWS // len(busy))) for key in busy}
            said = {key: self._answers(key, rows) for key, rows in taken.items()}
            is_kept = self._keep([answer for answers in said.values() for answer in answers])
            for key, rows in taken.items():
                stored = len(said[key]) if is_kept else 0
                self._count(key, "stored", stored)
                self._count(key, "skipped", len(rows) - stored)
            self._charge(taken, time.thread_time() - begun)
        return max(WAKE_SECONDS, REST * (self._clock() - started))

    def _charge(self, taken: Mapping[Key, Sequence[Prediction]], seconds: float) -> None:
        rows = Counter({model: 0 for model, _ in taken})
        for (model, _), predictions in taken.items():
            rows[model] += len(predictions)
        for model, part in share(seconds, rows).items():
            self.cpu_seconds[model] = self.cpu_seconds.get(model, 0.0) + part

    def _run(self) -> None:
        rest = WAKE_SECONDS
        while not self._closing.wait(rest):
            rest = self.work()

    def _take(self, key: Key, most: int) -> list[Prediction]:
        waiting = self._waiting[key]
        return [waiting.popleft() for _ in range(min(most, len(waiting)))]

    def _answers(self, key: Key, predictions: Sequence[Prediction]) -> list[ShadowAnswer]:
        """One forward; one that fails costs the rows at hand and nothing else."""
        model, role = key
        deployment = self._predictor.deployment(model)
        serving = deployment.held_by(role) if deployment is not None else None
        if serving is None:
            return []
        try:
            answers = shadow_answers(serving, role, predictions)
        except Exception:
            if serving not in self._failing:  # once: the counter says how much was lost
                log.exception("no answer in shadow", model=model, role=role, version=serving.version)
            self._failing.add(serving)
            return []
        self._failing.discard(serving)
        return answers

    def _keep(self, answers: Sequence[ShadowAnswer]) -> bool:
        """One transaction; whether it was made. Answers in shadow do not wait for a database that is away."""
        try:
            self._shadows.add(answers)
        except Exception:
            if not self._is_store_failing:
                log.exception("answers in shadow could not be kept", answers=len(answers))
            self._is_store_failing = True
            return False
        self._is_store_failing = False
        return True

    def _count(self, key: Key, outcome: str, rows: int) -> None:
        if rows:
            self._metrics.shadow_answers.labels(*key, outcome).inc(rows)


def _shadows_of(prediction: Prediction, deployment: Deployment) -> list[AppointmentRole]:
    """Who is to answer this row unseen."""
    roles: list[AppointmentRole] = []
    if deployment.simple is not None:
        roles.append("simple")
    challenger = deployment.challenger
    if challenger is None or prediction.version == challenger.version:
        return roles
    if in_shadow(prediction.id, deployment.rules.shadow):
        roles.append("challenger")
    return roles
