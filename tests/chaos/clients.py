"""Clients that never give up: each request is sent until it is acknowledged, and what was acknowledged is remembered.

They know the HTTP API alone, and check at once what it promises: a request that is sent again is answered with the
same bytes, and an id with other features is refused.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
import orjson

from benchmarks.serving.network import FEATURES, MODEL

PATH = f"/v1/models/{MODEL}/predictions"
PATIENCE_SECONDS = 120.0
_PAUSE_SECONDS = 0.02
_HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledged:
    """A request and the body of the answer with status 200."""

    sent: bytes
    answer: bytes

    @property
    def features(self) -> dict[str, dict[str, float]]:
        """By id."""
        return {row["id"]: row["features"] for row in orjson.loads(self.sent)["rows"]}

    @property
    def entries(self) -> list[dict[str, object]]:
        """One for each row."""
        entries: list[dict[str, object]] = orjson.loads(self.answer)["predictions"]
        return entries


class Client(threading.Thread):
    """One caller, with ids of its own."""

    def __init__(
        self, name: str, seed: int, url: Callable[[], str], calm: threading.Lock, rest_seconds: float = 0.0
    ) -> None:
        """`url` says where the service is now. `calm` can be taken while the database is there: an id that only the
        database knows counts as new while it is away, so that only then are old ids sent again. It rests after each
        request."""
        super().__init__(name=name, daemon=True)
        self._random, self._url, self._calm = random.Random(seed), url, calm
        self._stopping, self._rest = threading.Event(), rest_seconds
        self._made = 0
        self.acknowledged: list[Acknowledged] = []
        self.problems: list[str] = []
        self.told_full: list[str] = []
        """What was said when there was no room on a disk."""
        self.tried_again = self.repeated = self.conflicts = 0

    def run(self) -> None:
        """Send until told to stop, and finish what was begun."""
        with httpx.Client(timeout=30, trust_env=False) as http:
            while not self._stopping.is_set() and not self.problems:
                try:
                    self._act(http)
                    self._stopping.wait(self._rest)
                except Exception as error:  # noqa: BLE001 - whatever it is, the one who counts has to hear of it
                    self.problems.append(f"{self.name}: {error!r}")

    def finish(self) -> None:
        """Stop once the request under way is acknowledged."""
        self._stopping.set()
        self.join(2 * PATIENCE_SECONDS)
        if self.is_alive():
            self.problems.append(f"{self.name} never came to an end")

    def _act(self, http: httpx.Client) -> None:
        if self.acknowledged and self._random.random() < 0.25 and self._calm.acquire(blocking=False):
            try:
                self._random.choice((self._repeat, self._contradict))(http)
            finally:
                self._calm.release()
        else:
            rows = 1 if self._random.random() < 0.7 else self._random.randint(2, 8)
            body = _body([self._new_id() for _ in range(rows)], self._random)
            self.acknowledged.append(Acknowledged(sent=body, answer=self._until_acknowledged(http, body)))

    def _repeat(self, http: httpx.Client) -> None:
        """Something acknowledged; tried once, since the database may be away by the next time."""
        known = self._random.choice(self.acknowledged[-50:])
        answer = self._post(http, known.sent)
        if answer is None:
            return
        self.repeated += 1
        if answer.content != known.answer:
            self.problems.append(f"{known.answer!r} was acknowledged, and sent again it is {answer.content!r}")

    def _contradict(self, http: httpx.Client) -> None:
        """The first id of something acknowledged, with other features; tried once."""
        known = self._random.choice(self.acknowledged[-50:])
        answer = self._post(http, _body([next(iter(known.features))], self._random))
        if answer is None:
            return
        self.conflicts += 1
        if answer.status_code != 409:
            self.problems.append(f"an id with other features was answered {answer.status_code}: {answer.text}")

    def _until_acknowledged(self, http: httpx.Client, body: bytes) -> bytes:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self._post(http, body)
            if answer is not None and answer.status_code == 200:
                return answer.content
            assert answer is None, f"{answer.status_code}: {answer.text}"
            self.tried_again += 1
            time.sleep(_PAUSE_SECONDS)
        raise AssertionError(f"not acknowledged within {PATIENCE_SECONDS:g} s: {body!r}")

    def _post(self, http: httpx.Client, body: bytes) -> httpx.Response | None:
        """The answer; None when there was none, or it asked to be tried again."""
        try:
            answer = http.post(self._url() + PATH, content=body, headers=_HEADERS)
        except httpx.TransportError:
            return None
        if answer.status_code == 507:
            self.told_full.append(answer.text)
        return None if answer.status_code in (503, 507) else answer

    def _new_id(self) -> str:
        self._made += 1
        return f"{self.name}-{self._made:06}"


def _body(ids: Sequence[str], drawing: random.Random) -> bytes:
    rows = [{"id": name, "features": {one: round(drawing.gauss(0, 1), 4) for one in FEATURES}} for name in ids]
    return orjson.dumps({"rows": rows})
