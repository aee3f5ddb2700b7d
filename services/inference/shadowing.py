"""What others would have said: versions beside the champion answer in the background what it has answered.

Their answers are stored and never returned. `offer` only appends to a bounded queue; one thread wakes a few times a
second, answers a small batch, and then rests at least 24 times as long as the batch took of the processor, so that
it takes at most 4 % of one core. What does not fit is dropped and counted. It knows nothing of HTTP.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from infra.domain.predictions import Prediction
from infra.domain.shadows import AppointmentRole, ShadowAnswer
from infra.ports import Shadows
from services.inference.canary import in_shadow
from services.inference.metrics import Metrics
from services.inference.predictor import Deployment, Predictor
from services.inference.shadow_answers import shadow_answers

log = structlog.get_logger(__name__)

WAKE_SECONDS = 0.25
REST: Final = 24.0
"""Seconds of rest for each second of work: 1 / (1 + 24) is 4 %."""
BATCH_ROWS = 128
"""A small batch holds the interpreter only for moments."""
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
        cpu_seconds: Callable[[], float] = time.thread_time,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        """`cpu_seconds` is the processor time of the calling thread."""
        self._predictor, self._shadows, self._metrics = predictor, shadows, metrics
        self._cpu_seconds, self._max_waiting = cpu_seconds, max_waiting
        self._waiting: dict[Key, deque[Prediction]] = {}
        self._failing: set[tuple[str, AppointmentRole, int]] = set()
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
        started = self._cpu_seconds()
        busy = [key for key, waiting in list(self._waiting.items()) if waiting]
        for key in busy:
            self._answer(key, self._take(key, max(1, BATCH_ROWS // len(busy))))
        return max(WAKE_SECONDS, REST * (self._cpu_seconds() - started))

    def _run(self) -> None:
        rest = WAKE_SECONDS
        while not self._closing.wait(rest):
            rest = self.work()

    def _take(self, key: Key, most: int) -> list[Prediction]:
        waiting = self._waiting[key]
        return [waiting.popleft() for _ in range(min(most, len(waiting)))]

    def _answer(self, key: Key, predictions: Sequence[Prediction]) -> None:
        """One forward and one transaction; whatever fails here costs the rows at hand and nothing else."""
        model, role = key
        deployment = self._predictor.deployment(model)
        serving = deployment.held_by(role) if deployment is not None else None
        answers: list[ShadowAnswer] = []
        if serving is not None:
            try:
                answers = shadow_answers(serving, role, predictions)
                self._shadows.add(answers)
            except Exception:
                answers = []
                if (model, role, serving.version) not in self._failing:  # once: the counter says how much was lost
                    log.exception("no answer in shadow", model=model, role=role, version=serving.version)
                self._failing.add((model, role, serving.version))
            else:
                self._failing.discard((model, role, serving.version))
        self._count(key, "stored", len(answers))
        self._count(key, "skipped", len(predictions) - len(answers))

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
