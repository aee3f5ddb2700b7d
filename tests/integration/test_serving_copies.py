"""One id is one row, however often, at once and at whichever replica it is sent."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.integration.listening import home, listening
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import GOOD, MODEL

PATH = f"/v1/models/{MODEL}/predictions"
COPIES = 50


def test_fifty_copies_at_two_replicas_make_one_row_and_get_the_same_bytes(tmp_path: Path) -> None:
    ports = home(tmp_path)
    body = {"rows": [{"id": "one", "features": GOOD}]}
    with listening(ports, tmp_path) as first, listening(ports, tmp_path) as second:
        answers = _at_once([(first if copy % 2 else second, body) for copy in range(COPIES)])
        other = httpx.post(first + PATH, json={"rows": [{"id": "one", "features": {**GOOD, "wet": True}}]})
    assert Counter(answer.status_code for answer in answers) == {200: COPIES}
    assert len({answer.content for answer in answers}) == 1
    assert [row.prediction.id for row in ports.predictions.after(MODEL, 0, 10)] == ["one"]
    assert "other features" in problem(other, 409)["errors"][0]["problem"]


def test_contradictions_at_once_make_one_row_and_the_others_are_refused(tmp_path: Path) -> None:
    ports = home(tmp_path)
    bodies = [{"rows": [{"id": "one", "features": {**GOOD, "speed": float(copy % 5)}}]} for copy in range(COPIES)]
    with listening(ports, tmp_path) as url:
        answers = _at_once([(url, body) for body in bodies])
    (row,) = ports.predictions.after(MODEL, 0, 10)
    won = [{**GOOD, "speed": row.prediction.features["speed"]} == body["rows"][0]["features"] for body in bodies]
    assert [answer.status_code for answer in answers] == [200 if mine else 409 for mine in won]
    assert len({answer.content for answer, mine in zip(answers, won, strict=True) if mine}) == 1


def _at_once(requests: Sequence[tuple[str, object]]) -> list[httpx.Response]:
    """Each from a thread of its own, none before all are ready."""
    together = threading.Barrier(len(requests))

    def send(url: str, body: object) -> httpx.Response:
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            client.get("/livez")
            together.wait()
            return client.post(PATH, json=body)

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, *zip(*requests, strict=True)))
