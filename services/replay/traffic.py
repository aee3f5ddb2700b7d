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
        """Ask for all rows in one request; the answers in their order.

        Raises:
            DataError: the API refused a row, and says which and why.
        """
        body = {"rows": [{"id": row.id, "time": row.time.isoformat(), "features": dict(row.features)} for row in rows]}
        answer = self._post(f"/v1/models/{self._model}/predictions", body)
        if answer.get("errors"):
            first = answer["errors"][0]
            raise DataError(
                f"the API refused {len(answer['errors'])} of {len(rows)} rows; the first: {rows[first['row']].id}, "
                f"field {first.get('field')}: {first.get('problem')}"
            )
        return [
            Given(value=one["value"], confidence=one.get("confidence"), version=one.get("version", answer["version"]))
            for one in answer["predictions"]
        ]

    def label(self, rows: Sequence[Row], *, at: datetime) -> None:
        """Tell the truth about rows that were answered before; it became known at event time `at`."""
        if rows:
            labels = [{"id": row.id, "value": row.truth, "time": at.isoformat(), "source": "replay"} for row in rows]
            self._post(f"/v1/models/{self._model}/labels", {"labels": labels})

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

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        answer = self._client.post(path, json=body)
        if answer.is_error:
            raise DataError(f"POST {path} was answered {answer.status_code}: {answer.text[:500]}")
        content: dict[str, Any] = answer.json()
        return content
