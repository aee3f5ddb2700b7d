"""The load of a soak: so many requests a second whatever the service does, their labels some seconds later, and now
and then a wish to retrain.

A request is timed from the moment it was due, so that a service that stands still is seen by every caller it kept
waiting. What was not acknowledged is sent again. It knows the HTTP API alone.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.soak.place import MODEL, row_of

LABEL_DELAY_SECONDS = 30.0
_PAUSE_SECONDS = 0.1
_TO_PREDICT, _TO_LABEL = f"/v1/models/{MODEL}/predictions", f"/v1/models/{MODEL}/labels"


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is asked of the service."""

    seconds: float
    per_second: float
    turn_every_seconds: float
    """The world turns over so often, so that there is something to learn again."""
    retrain_every_seconds: float
    patience_seconds: float = 120.0
    """So long a request is sent again and again."""


@dataclass
class Sent:
    """What came of it. `due` and `took` are seconds, one for each acknowledged prediction; numbers are ids."""

    due: array[float] = field(default_factory=lambda: array("d"))
    took: array[float] = field(default_factory=lambda: array("d"))
    predicted: list[int] = field(default_factory=list)
    labelled: list[int] = field(default_factory=list)
    tried_again: int = 0
    wished: int = 0
    problems: list[str] = field(default_factory=list)


async def send(url: str, load: Load, is_over: Callable[[], bool] = lambda: False) -> Sent:
    """Send all of it, or until it `is_over`; whatever was begun is finished."""
    sent = Sent()
    limits = httpx.Limits(max_connections=500, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits, trust_env=False) as http:
        traffic = _Traffic(http, load, sent, is_over)
        await asyncio.gather(traffic.predict(), traffic.label(), traffic.wish())
    return sent


class _Traffic:
    def __init__(self, http: httpx.AsyncClient, load: Load, sent: Sent, is_over: Callable[[], bool]) -> None:
        self._http, self._load, self._sent, self._is_over = http, load, sent, is_over
        self._to_label: deque[tuple[float, int, str]] = deque()
        self._began = time.monotonic()
        self._all_predicted = False

    async def predict(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(round(self._load.seconds * self._load.per_second)):
                if self._is_over():
                    break
                due = number / self._load.per_second
                await asyncio.sleep(max(0.0, self._began + due - time.monotonic()))
                group.create_task(self._predict_one(number, due))
        self._all_predicted = True

    async def _predict_one(self, number: int, due: float) -> None:
        row = row_of(number, turned=int(due / self._load.turn_every_seconds) % 2 == 1)
        if await self._acknowledged(_TO_PREDICT, {"rows": [{"id": name_of(number), "features": row.features}]}):
            self._sent.due.append(due)
            self._sent.took.append(time.monotonic() - self._began - due)
            self._sent.predicted.append(number)
            self._to_label.append((time.monotonic() + LABEL_DELAY_SECONDS, number, row.truth))

    async def label(self) -> None:
        while self._to_label or not self._all_predicted:
            await asyncio.sleep(1.0)
            ready = []
            while self._to_label and self._to_label[0][0] <= time.monotonic():
                ready.append(self._to_label.popleft())
            labels = [{"id": name_of(number), "value": truth} for _, number, truth in ready]
            if labels and await self._acknowledged(_TO_LABEL, {"labels": labels}):
                self._sent.labelled += [number for _, number, _ in ready]

    async def wish(self) -> None:
        due = self._load.retrain_every_seconds / 2
        while due < self._load.seconds:
            while time.monotonic() < self._began + due and not self._all_predicted:
                await asyncio.sleep(1.0)
            if self._all_predicted:
                return
            if await self._acknowledged(f"/v1/models/{MODEL}/retrain", {"reason": "asked by the soak"}):
                self._sent.wished += 1
            due += self._load.retrain_every_seconds

    async def _acknowledged(self, path: str, body: object) -> bool:
        """Sent until it is; a refusal is a problem."""
        until = time.monotonic() + self._load.patience_seconds
        while time.monotonic() < until:
            try:
                answer = await self._http.post(path, json=body)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code in (200, 202):
                return True
            if answer is not None and answer.status_code != 503:
                self._sent.problems.append(f"{path} was answered {answer.status_code}: {answer.text[:300]}")
                return False
            self._sent.tried_again += 1
            await asyncio.sleep(_PAUSE_SECONDS)
        self._sent.problems.append(f"{path} was not acknowledged within {self._load.patience_seconds:g} s")
        return False


def name_of(number: int) -> str:
    """The id of a prediction."""
    return f"s{number:08}"
