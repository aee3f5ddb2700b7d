"""Too much is refused at once and by name, nobody is left hanging, and who goes away leaves nothing behind."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from infra.domain.predictions import Prediction
from infra.ports import Ports, Predictions
from tests.integration.listening import START_SECONDS, await_that, home, listening
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import GOOD, MODEL

PATH = f"/v1/models/{MODEL}/predictions"
ROWS = 10_000
MOST_TAKEN = 6
"""The queue holds 50,000 rows, and one request is with the writer."""


class Gated:
    """The predictions of a database that is slow: nothing is stored while the gate is shut."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions
        self.gate = threading.Event()
        self.entered = threading.Event()

    def add(self, given: Sequence[Prediction]) -> list[Prediction]:
        self.entered.set()
        assert self.gate.wait(START_SECONDS)
        return self._predictions.add(given)

    def __getattr__(self, name: str) -> object:
        return getattr(self._predictions, name)


@pytest.fixture
def gated(tmp_path: Path) -> tuple[Ports, Gated]:
    ports = home(tmp_path)
    slow = Gated(ports.predictions)
    return replace(ports, predictions=slow), slow  # type: ignore[arg-type]  # the rest is the port's own


def test_a_full_queue_answers_503_and_when_to_try_again_and_stores_what_it_took(
    gated: tuple[Ports, Gated], tmp_path: Path
) -> None:
    ports, slow = gated
    bodies = [
        orjson.dumps({"rows": [{"id": f"{number}-{row}", "features": GOOD} for row in range(ROWS)]})
        for number in range(2 * MOST_TAKEN)
    ]
    with listening(ports, tmp_path) as url, ThreadPoolExecutor(len(bodies)) as pool:
        try:
            sent = [pool.submit(_post, url, body) for body in bodies]
            await_that(lambda: sum(one.done() for one in sent) >= MOST_TAKEN, "half of the requests are refused")
            for refused in [one.result() for one in sent if one.done()]:
                assert "the queue holds" in problem(refused, 503)["detail"]
                assert int(refused.headers["retry-after"]) >= 1
        finally:
            slow.gate.set()
        answers = [one.result() for one in sent]
        again = _post(url, orjson.dumps({"rows": [{"features": GOOD}]}))
    taken = sum(answer.status_code == 200 for answer in answers)
    assert {answer.status_code for answer in answers} == {200, 503}
    assert ports.predictions.last_seq(MODEL) == taken * ROWS + 1
    assert again.status_code == 200


def test_clients_that_go_away_leave_nothing_behind(gated: tuple[Ports, Gated], tmp_path: Path) -> None:
    ports, slow = gated
    with listening(ports, tmp_path) as url:
        whole = [_connect_and_send(url, number, complete=True) for number in range(20)]
        assert slow.entered.wait(START_SECONDS)
        halves = [_connect_and_send(url, number, complete=False) for number in range(20)]
        await_that(lambda: _in_flight(url) == len(whole), "all whole requests are being answered")
        for one in (*whole, *halves):
            one.close()
        slow.gate.set()
        await_that(lambda: _in_flight(url) == 0, "nothing is in flight")
        await_that(lambda: _gauges(url)["keepsharp_log_queue_depth"] == 0, "nothing is queued")
        assert _post(url, orjson.dumps({"rows": [{"id": "after", "features": GOOD}]})).status_code == 200
    stored = {row.prediction.id for row in ports.predictions.after(MODEL, 0, 100)}
    assert "after" in stored
    assert stored <= {"after", *(f"whole-{number}" for number in range(20))}


def _post(url: str, body: bytes) -> httpx.Response:
    headers = {"content-type": "application/json"}
    return httpx.post(url + PATH, content=body, headers=headers, timeout=START_SECONDS, trust_env=False)


def _connect_and_send(url: str, number: int, *, complete: bool) -> socket.socket:
    """A connection on which a request was sent, whole or up to the middle of its body."""
    body = orjson.dumps({"rows": [{"id": f"{'whole' if complete else 'half'}-{number}", "features": GOOD}]})
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    address = httpx.URL(url)
    connection = socket.create_connection((address.host, address.port or 80), timeout=START_SECONDS)
    connection.sendall(head.encode() + b"\r\n\r\n" + (body if complete else body[: len(body) // 2]))
    return connection


def _gauges(url: str) -> Mapping[str, float]:
    """Sums over all labels."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(httpx.get(f"{url}/metrics", trust_env=False).text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def _in_flight(url: str) -> float:
    return _gauges(url).get("keepsharp_in_flight", 0)
