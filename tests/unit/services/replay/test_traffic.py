from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from infra.domain.errors import DataError, Unavailable
from services.replay import traffic as module
from services.replay.traffic import Row, Traffic
from tests.builders import minute

ROWS = [
    Row(id="r1", time=minute(1), features={"x": 1.0}, truth="up"),
    Row(id="r2", time=minute(2), features={}, truth="down"),
]
TOLD = [(ROWS[0], minute(9)), (ROWS[1], minute(10))]
Handler = Callable[[httpx.Request], httpx.Response]


def traffic(handler: Handler) -> Traffic:
    return Traffic(httpx.Client(transport=httpx.MockTransport(handler), base_url="http://keepsharp"), "line")


def test_rows_are_asked_for_in_one_request_and_answers_keep_their_order() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = [{"id": "r1", "value": "up", "confidence": 0.9, "version": 3}, {"id": "r2", "value": "down"}]
        return httpx.Response(200, json={"version": 4, "predictions": given})

    found = traffic(answer).predict(ROWS)
    assert [(one.value, one.confidence, one.version) for one in found] == [("up", 0.9, 3), ("down", None, 4)]
    assert [request.url.path for request in asked] == ["/v1/models/line/predictions"]
    body = json.loads(asked[0].content)
    assert body["rows"][0] == {"id": "r1", "time": "2024-01-01T00:01:00+00:00", "features": {"x": 1.0}}


def test_the_truth_is_not_among_what_is_asked() -> None:
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200, json={"version": 1, "predictions": [{"value": "up"}, {"value": "up"}]})

    traffic(answer).predict(ROWS)
    assert b"down" not in bodies[0]


def test_a_refused_row_is_named_with_its_field() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        error = {"row": 1, "field": "x", "problem": "is absent"}
        return httpx.Response(200, json={"version": 1, "predictions": [], "errors": [error]})

    with pytest.raises(DataError, match="refused 1 of 2 rows; the first: r2, field x: is absent"):
        traffic(answer).predict(ROWS)


def test_an_error_answer_is_shown_with_its_status() -> None:
    with pytest.raises(DataError, match=r"POST /v1/models/line/predictions was answered 413: too much"):
        traffic(lambda _: httpx.Response(413, text="too much")).predict(ROWS)


def test_a_body_that_is_too_large_is_asked_for_in_halves() -> None:
    sizes: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        rows = json.loads(request.content)["rows"]
        sizes.append(len(rows))
        if len(rows) > 1:
            return httpx.Response(413)
        return httpx.Response(200, json={"version": 1, "predictions": [{"value": rows[0]["id"]}]})

    assert [given.value for given in traffic(answer).predict(ROWS)] == ["r1", "r2"]
    assert sizes == [2, 1, 1]


def test_an_api_that_is_gone_is_said_to_be_away() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unavailable, match=r"did not answer POST /v1/models/line/labels .*refused.*log of the API"):
        traffic(answer).label(TOLD)


def test_labels_that_come_at_once_after_a_gap_are_told_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LABELS_A_REQUEST", 1)
    told: list[list[str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        told.append([label["id"] for label in json.loads(request.content)["labels"]])
        return httpx.Response(200, json={"errors": []})

    traffic(answer).label(TOLD)
    assert told == [["r1"], ["r2"]]


def test_a_refused_label_is_not_passed_over() -> None:
    error = {"row": 0, "field": "value", "problem": "is empty"}
    with pytest.raises(DataError, match="the first: r1, field value: is empty"):
        traffic(lambda _: httpx.Response(200, json={"errors": [error]})).label(TOLD)


def test_labels_carry_the_moment_they_became_known() -> None:
    bodies: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={})

    sender = traffic(answer)
    sender.label(TOLD)
    sender.label([])
    labels = [
        {"id": "r1", "value": "up", "time": "2024-01-01T00:09:00+00:00", "source": "replay"},
        {"id": "r2", "value": "down", "time": "2024-01-01T00:10:00+00:00", "source": "replay"},
    ]
    assert bodies == [{"labels": labels}]


def test_it_waits_through_refused_connections_until_the_api_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.0)
    answers = iter([None, 503, 200])

    def answer(_: httpx.Request) -> httpx.Response:
        found = next(answers)
        if found is None:
            raise httpx.ConnectError("refused")
        return httpx.Response(found)

    traffic(answer).wait_until_ready()
    assert list(answers) == []


def test_it_waits_for_the_version_that_was_promoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.0)
    versions = iter([1, 1, 2])
    traffic(lambda _: httpx.Response(200, json={"version": next(versions)})).wait_for_version(2)
    assert list(versions) == []


def test_waiting_in_vain_ends_with_what_was_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READY_SECONDS", 0.0)
    with pytest.raises(Unavailable, match="version 2 to be served"):
        traffic(lambda _: httpx.Response(200, json={"version": 1})).wait_for_version(2)
