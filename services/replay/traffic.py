"""A client of the HTTP API: rows in, answers out; labels in. It knows the API's words and nothing behind them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from infra.domain.errors import DataError, Unavailable
from infra.domain.values import Answer, Features

READY_SECONDS = 180.0
POLL_SECONDS = 0.05
MOST_LABELS_A_REQUEST = 1_000
"""After a gap in time many labels come at once, more than the API takes in one body."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One part of the history on its way: its id, event time, features and the truth that is told later."""

    id: str
    time: datetime
    features: Features
    truth: Answer


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the API answered to one row."""

    value: Answer
    confidence: float | None
    version: int


class Traffic:
    """Sends rows and labels of one model to a running API."""

    def __init__(self, client: httpx.Client, model: str) -> None:
        self._client = client
        self._model = model

    def predict(self, rows: Sequence[Row]) -> list[Given]:
        """Ask for all rows, in one request where the API takes so large a body; the answers in their order.

        Raises:
            DataError: the API refused a row, and says which and why.
            Unavailable: the API did not answer.
        """
        asked = [{"id": row.id, "time": row.time.isoformat(), "features": dict(row.features)} for row in rows]
        answer = self._send("predictions", {"rows": asked})
        if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE and len(rows) > 1:
            half = len(rows) // 2
            return [*self.predict(rows[:half]), *self.predict(rows[half:])]
        content = _content(answer, rows)
        return [
            Given(value=one["value"], confidence=one.get("confidence"), version=one.get("version", content["version"]))
            for one in content["predictions"]
        ]

    def label(self, told: Sequence[tuple[Row, datetime]]) -> None:
        """Tell the truth about rows that were answered before, each with the event time when it became known.

        Raises:
            DataError: the API refused a label, and says which and why.
            Unavailable: the API did not answer.
        """
        for start in range(0, len(told), MOST_LABELS_A_REQUEST):
            piece = told[start : start + MOST_LABELS_A_REQUEST]
            labels = [
                {"id": row.id, "value": row.truth, "time": at.isoformat(), "source": "replay"} for row, at in piece
            ]
            _content(self._send("labels", {"labels": labels}), [row for row, _ in piece])

    def wait_until_ready(self) -> None:
        """Return when the API says it is ready.

        Raises:
            Unavailable: it did not within three minutes.
        """
        self._wait(lambda: self._client.get("/readyz").status_code == httpx.codes.OK, "the API to be ready")

    def wait_for_version(self, version: int) -> None:
        """Return when the API answers with this version.

        Raises:
            Unavailable: it did not within three minutes.
        """

        def serves() -> bool:
            answer = self._client.get(f"/v1/models/{self._model}")
            return answer.status_code == httpx.codes.OK and answer.json().get("version") == version

        self._wait(serves, f"version {version} to be served")

    def _wait(self, condition: Any, what: str) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            try:
                if condition():
                    return
            except httpx.TransportError:
                pass  # it is still starting; the deadline below ends the wait
            time.sleep(POLL_SECONDS)
        raise Unavailable(f"waited {READY_SECONDS:.0f} s for {what}, in vain: see the log of the API")

    def _send(self, what: str, body: Mapping[str, object]) -> httpx.Response:
        path = f"/v1/models/{self._model}/{what}"
        try:
            return self._client.post(path, json=body)
        except httpx.TransportError as error:
            problem = f"the API did not answer POST {path} ({type(error).__name__}: {error}): see the log of the API"
            raise Unavailable(problem) from error


def _content(answer: httpx.Response, rows: Sequence[Row]) -> dict[str, Any]:
    """What the API answered about `rows`, all of them taken; raises DataError otherwise."""
    if answer.is_error:
        raise DataError(f"POST {answer.request.url.path} was answered {answer.status_code}: {answer.text[:500]}")
    content: dict[str, Any] = answer.json()
    if content.get("errors"):
        first = content["errors"][0]
        raise DataError(
            f"the API refused {len(content['errors'])} of {len(rows)} rows; the first: {rows[first['row']].id}, "
            f"field {first.get('field')}: {first.get('problem')}"
        )
    return content
