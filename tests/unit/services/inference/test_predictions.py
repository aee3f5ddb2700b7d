from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.model.packing import Interval
from infra.settings import Settings
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import (
    GOOD,
    MODEL,
    NOW,
    Running,
    bundle,
    crown,
    publish,
    register,
    running,
    served,
)

pytestmark = pytest.mark.anyio


async def test_an_answer_is_stored_before_it_leaves(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        answer = await api.predict({"id": "p1", "time": "2026-02-01T10:00:00+01:00", "features": GOOD})
        assert answer.status_code == 200
        document = answer.json()
        stored = api.ports.predictions.get(MODEL, "p1").prediction
    (one,) = document["predictions"]
    assert (document["model"], document["version"], document["errors"]) == (MODEL, 1, [])
    assert one == {
        "id": "p1",
        "value": stored.value,
        "version": 1,
        "probabilities": stored.probabilities,
        "confidence": stored.confidence,
        "abstained": False,
    }
    assert sum(one["probabilities"].values()) == pytest.approx(1.0)
    assert one["confidence"] == max(one["probabilities"].values())
    assert stored.time.isoformat() == "2026-02-01T09:00:00+00:00"
    assert stored.features == GOOD


async def test_a_row_without_id_and_time_gets_both(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        document = (await api.predict({"features": GOOD}, {"features": GOOD})).json()
        ids = [one["id"] for one in document["predictions"]]
        assert len(set(ids)) == 2
        assert api.ports.predictions.get(MODEL, ids[0]).prediction.time == NOW


async def test_regression_answers_a_number(tmp_path: Path) -> None:
    async with running(served(tmp_path, "regression")) as api:
        (one,) = (await api.predict({"id": "p1", "features": GOOD})).json()["predictions"]
    assert isinstance(one["value"], float)
    assert one["probabilities"] is None
    assert one["confidence"] is None


async def test_the_same_id_returns_the_stored_answer_of_whichever_version(tmp_path: Path) -> None:
    ports = served(tmp_path)
    async with running(ports) as api:
        first = await api.predict({"id": "p1", "features": GOOD})
        crown(ports, publish(ports, 2, bundle(seed=2)))
        await api.service.reloader.look()
        again = await api.predict({"id": "p1", "features": {**GOOD, "speed": 1.50}})
        fresh = await api.predict({"id": "p2", "features": GOOD})
        both = await api.predict({"id": "p1", "features": GOOD}, {"id": "p3", "features": GOOD})
    assert again.content == first.content
    assert fresh.json()["version"] == 2
    assert both.json()["version"] == 2
    assert [one["version"] for one in both.json()["predictions"]] == [1, 2]


async def test_the_same_id_with_other_features_is_a_conflict(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        first = (await api.predict({"id": "p1", "features": GOOD})).json()
        other = {"id": "p1", "features": {**GOOD, "speed": 9}}
        document = problem(await api.predict(other), 409)
        assert document["errors"][0]["row"] == 0
        assert document["errors"][0]["field"] == "id"
        mixed = (await api.predict(other, {"id": "p2", "features": GOOD})).json()
        assert [one["id"] for one in mixed["predictions"]] == ["p2"]
        assert mixed["errors"][0]["row"] == 0
        problem(await api.predict(other, {"id": "p3", "features": GOOD}, query="?all_or_nothing=true"), 409)
        assert api.ports.predictions.find(MODEL, ["p3"]) == {}
        assert api.ports.predictions.get(MODEL, "p1").prediction.value == first["predictions"][0]["value"]


async def test_one_id_twice_in_a_request(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        same = (await api.predict({"id": "p1", "features": GOOD}, {"id": "p1", "features": GOOD})).json()
        assert same["predictions"][0] == same["predictions"][1]
        other = {"id": "p2", "features": {**GOOD, "wet": True}}
        mixed = (await api.predict({"id": "p2", "features": GOOD}, other)).json()
        assert len(mixed["predictions"]) == 1
        assert mixed["errors"][0]["row"] == 1
        assert api.ports.predictions.last_seq(MODEL) == 2


async def test_fifty_concurrent_copies_make_one_row(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        answers = await asyncio.gather(*(api.predict({"id": "p1", "features": GOOD}) for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert api.ports.predictions.last_seq(MODEL) == 1


async def test_concurrent_contradictions_keep_one_and_refuse_the_others(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        rows = [{"id": "p1", "features": {**GOOD, "speed": speed}} for speed in range(10)]
        bystanders = [{"id": f"b{place}", "features": GOOD} for place in range(10)]
        answers = await asyncio.gather(*(api.predict(row) for row in [*rows, *bystanders]))
        assert sorted(answer.status_code for answer in answers[:10]) == [200] + [409] * 9
        assert {answer.status_code for answer in answers[10:]} == {200}
        assert api.ports.predictions.last_seq(MODEL) == 11


BAD_ROWS: list[tuple[str, object, str | None]] = [
    ("a missing feature", {"features": {"speed": 1, "shift": "early"}}, "wet"),
    ("a feature of the wrong type", {"features": {**GOOD, "speed": "fast"}}, "speed"),
    ("a nested feature", {"features": {**GOOD, "speed": [1]}}, "speed"),
    ("a feature nobody knows", {"features": {**GOOD, "hue": 1}}, "hue"),
    ("no features", {"id": "x"}, "features"),
    ("features as a list", {"features": [1, 2]}, "features"),
    ("a number as row", 7, None),
    ("null as row", None, None),
    ("an unknown key", {"features": GOOD, "weight": 1}, "weight"),
    ("a number as id", {"id": 7, "features": GOOD}, "id"),
    ("an empty id", {"id": "", "features": GOOD}, "id"),
    ("a null id", {"id": None, "features": GOOD}, "id"),
    ("an id that is too long", {"id": "x" * 201, "features": GOOD}, "id"),
    ("a time without a zone", {"time": "2026-01-01T00:00:00", "features": GOOD}, "time"),
    ("a time that is none", {"time": "yesterday", "features": GOOD}, "time"),
    ("a time as a number", {"time": 1767225600, "features": GOOD}, "time"),
    ("a time before the year 1", {"time": "0001-01-01T00:00:00+14:00", "features": GOOD}, "time"),
    ("a huge text", {"features": {**GOOD, "shift": "x" * 5000}}, "shift"),
]


async def test_a_bad_row_is_named_and_spoils_no_other(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with running(served(tmp_path)) as api:
        for name, row, field in BAD_ROWS:
            with subtests.test(name):
                await _check_bad_row(api, name, row, field)
        assert api.ports.predictions.last_seq(MODEL) == len(BAD_ROWS)
        refused = 3.0 * len(BAD_ROWS)
        assert f'keepsharp_refused_rows_total{{model="line",of="predictions"}} {refused}' in await api.metrics()


async def _check_bad_row(api: Running, name: str, row: object, field: str | None) -> None:
    good: dict[str, Any] = {"id": f"beside {name}", "features": GOOD}
    alone = problem(await api.predict(row), 422)
    assert [(one["row"], one["field"]) for one in alone["errors"]] == [(0, field)]
    assert alone["errors"][0]["problem"]
    assert len(str(alone)) < 2000
    strict = problem(await api.predict(good, row, query="?all_or_nothing=true"), 422)
    assert api.ports.predictions.find(MODEL, [good["id"]]) == {}
    mixed = (await api.predict(good, row)).json()
    assert [one["id"] for one in mixed["predictions"]] == [good["id"]]
    assert [(one["row"], one["field"]) for one in mixed["errors"]] == [(1, field)]
    assert strict["errors"] == mixed["errors"]


async def test_an_unknown_category_and_null_are_answered_and_counted(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        row = {"id": "p1", "features": {"speed": None, "shift": "midnight", "wet": None, "plant": "north"}}
        answer = await api.predict(row)
        assert answer.status_code == 200
        assert api.ports.predictions.get(MODEL, "p1").prediction.unknown_categories == ("shift",)
        assert 'keepsharp_unknown_categories_total{model="line",model_version="1"} 1.0' in await api.metrics()


BAD_BODIES: list[tuple[str, bytes, int]] = [
    ("NaN", b'{"rows": [{"features": {"speed": NaN}}]}', 400),
    ("Infinity", b'{"rows": [{"features": {"speed": Infinity}}]}', 400),
    ("-Infinity", b'{"rows": [{"features": {"speed": -Infinity}}]}', 400),
    ("1e999", b'{"rows": [{"features": {"speed": 1e999}}]}', 400),
    ("a repeated key", b'{"rows": [{"features": {"speed": 1, "speed": 2}}]}', 400),
    ("a repeated key written with escapes", b'{"rows": [{"features": {"speed": 1, "sp\\u0065ed": 2}}]}', 400),
    ("repeated rows", b'{"rows": [], "rows": []}', 400),
    ("a lone surrogate", b'{"rows": [{"features": {"shift": "\\ud800"}}]}', 400),
    ("a raw surrogate", b'{"rows": [{"features": {"shift": "\xed\xa0\x80"}}]}', 400),
    ("a NUL in a value", b'{"rows": [{"features": {"shift": "a\\u0000"}}]}', 422),
    ("a NUL in a key", b'{"rows": [{"features": {"sh\\u0000": 1}}]}', 422),
    ("a raw NUL", b'{"rows": "\x00"}', 400),
    ("deep nesting", b'{"rows": ' + b"[" * 100 + b"]" * 100 + b"}", 422),
    ("very deep nesting", b"[" * 200_000, 422),
    ("nothing", b"", 400),
    ("half a document", b'{"rows": [', 400),
    ("two documents", b"{} {}", 400),
    ("UTF-16", '{"rows": []}'.encode("utf-16"), 400),
    ("a list", b"[]", 422),
    ("a number", b"7", 422),
    ("no rows", b'{"rows": []}', 422),
    ("rows as an object", b'{"rows": {}}', 422),
    ("another key", b'{"rows": [{}], "model": "x"}', 422),
    ("an integer beyond all floats", b'{"rows": [{"features": {"speed": 1' + b"0" * 400 + b"}}]}", 400),
]


async def test_a_body_that_is_not_strict_json_is_refused(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with running(served(tmp_path)) as api:
        for name, body, status in BAD_BODIES:
            for route in ("predictions", "labels"):
                with subtests.test(name, route=route):
                    document = problem(await _post(api, body, route, content_type="application/json"), status)
                    assert len(str(document)) < 2000
        assert api.ports.predictions.last_seq(MODEL) == 0


async def _post(api: Running, body: bytes, route: str = "predictions", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.client.post(f"/v1/models/{MODEL}/{route}", content=body, headers=named)


async def test_only_json_is_read(tmp_path: Path) -> None:
    body = b'{"rows": [{"features": {"speed": 1, "shift": "early", "wet": true}}]}'
    async with running(served(tmp_path)) as api:
        for accepted in ("application/json", "application/json; charset=utf-8", "application/vnd.x+json"):
            assert (await _post(api, body, content_type=accepted)).status_code == 200
        for refused in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""):
            problem(await _post(api, body, content_type=refused), 415)
        problem(await _post(api, body), 415)
        problem(await _post(api, body, content_type="application/json", content_encoding="gzip"), 415)


async def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += 100
            yield b" " * 100

    settings = Settings(max_body_bytes=1000, max_rows=3, reload_seconds=3600)
    headers = {"content-type": "application/json"}
    async with running(served(tmp_path), settings) as api:
        url = f"/v1/models/{MODEL}/predictions"
        problem(await api.client.post(url, content=b" " * 1001, headers=headers), 413)
        problem(await api.client.post(url, content=b"", headers={**headers, "content-length": "9" * 30}), 413)
        problem(await api.client.post(url, content=endless(), headers=headers), 413)
        assert read <= 1200
        few = [{"features": GOOD}] * 4
        problem(await api.predict(*few), 413)
        assert (await api.predict(*few[:3])).status_code == 200


async def test_a_large_body_is_read_beside_the_loop_and_answered_alike(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        rows = [{"id": f"p{place}", "features": GOOD} for place in range(1500)]
        answer = await api.predict(*rows)
        assert [one["id"] for one in answer.json()["predictions"]] == [row["id"] for row in rows]


async def test_unknown_models_and_models_without_a_champion(tmp_path: Path) -> None:
    ports = served(tmp_path)
    register(ports, "young")
    async with running(ports) as api:
        for name in ("ghost", "Ghost", "%00", "x" * 300, "%F0%9F%92%A9", "%ff"):
            problem(await api.predict({"features": GOOD}, model=name), 404)
            problem(await api.label({"id": "p", "value": "good"}, model=name), 404)
        young = await api.predict({"features": GOOD}, model="young")
        assert "keepsharp train" in problem(young, 503)["detail"]
        assert young.headers["retry-after"] == "1"


async def test_a_flag_that_is_neither_true_nor_false(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        problem(await api.predict({"features": GOOD}, query="?all_or_nothing=perhaps"), 422)


async def test_predictions_are_counted_by_model_and_version(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        await api.predict({"features": GOOD}, {"features": GOOD})
        text = await api.metrics()
    assert 'keepsharp_predictions_total{model="line",model_version="1"} 2.0' in text
    assert 'keepsharp_prediction_seconds_count{model="line",model_version="1"} 1.0' in text
    assert 'keepsharp_in_flight{model="line",model_version="1"} 0.0' in text
    assert "keepsharp_commit_batch_size_count 1.0" in text
    assert "keepsharp_log_queue_depth 0.0" in text
    assert 'keepsharp_serving{model="line",model_version="1"} 1.0' in text


async def test_a_regression_that_promises_an_interval_answers_with_it(tmp_path: Path) -> None:
    ports = served(tmp_path, "regression")
    sure = replace(bundle(task="regression", seed=2), interval=Interval(coverage=0.9, half_width=2.5))
    crown(ports, publish(ports, 2, sure))
    async with running(ports) as api:
        (first,) = (await api.predict({"id": "p1", "features": GOOD})).json()["predictions"]
        crown(ports, publish(ports, 3, bundle(task="regression", seed=3)))
        await api.service.reloader.look()
        (again,) = (await api.predict({"id": "p1", "features": GOOD})).json()["predictions"]
    assert first["interval"] == [first["value"] - 2.5, first["value"] + 2.5]
    assert again["value"] == first["value"]
    assert "interval" not in again  # its version serves no longer, and the new one promises none
