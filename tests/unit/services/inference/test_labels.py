from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.memory import memory_ports
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import GOOD, MODEL, NOW, register, running, served

pytestmark = pytest.mark.anyio


def counts(document: dict[str, Any]) -> tuple[int, int, int, int]:
    return document["joined"], document["waiting"], document["repeated"], document["corrected"]


async def test_labels_join_wait_repeat_and_correct(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        await api.predict({"id": "p1", "features": GOOD})
        first = await api.label({"id": "p1", "value": "good"}, {"id": "later", "value": "bad"})
        assert counts(first.json()) == (1, 1, 0, 0)
        again = await api.label({"id": "p1", "value": "good", "source": "somebody else"})
        assert counts(again.json()) == (0, 0, 1, 0)
        other = await api.label({"id": "p1", "value": "bad", "time": "2026-03-02T00:00:00Z", "source": "auditor"})
        assert counts(other.json()) == (0, 0, 0, 1)
        history = api.ports.labels.history(MODEL, "p1")
        assert [(label.value, label.source) for label in history] == [("good", "api"), ("bad", "auditor")]
        assert history[0].time == NOW
        await api.predict({"id": "later", "features": GOOD})
        waited = api.ports.predictions.get(MODEL, "later").label
        assert waited is not None
        assert waited.value == "bad"
        text = await api.metrics()
    assert 'keepsharp_labels_total{model="line",outcome="joined"} 1.0' in text
    assert 'keepsharp_labels_total{model="line",outcome="corrected"} 1.0' in text


async def test_a_class_is_text_however_it_is_written(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        await api.label({"id": "p1", "value": 1})
        again = await api.label({"id": "p1", "value": 1.0}, {"id": "p1", "value": "1"})
        assert counts(again.json()) == (0, 0, 2, 0)
        assert (await api.label({"id": "p2", "value": "never seen before"})).json()["waiting"] == 1
        assert (await api.label({"id": "p3", "value": True})).json()["waiting"] == 1
        assert api.ports.labels.history(MODEL, "p3")[0].value == "true"


async def test_labels_are_taken_before_the_first_champion(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    register(ports, task="regression")
    async with running(ports) as api:
        assert (await api.label({"id": "p1", "value": 3})).json()["waiting"] == 1
        problem(await api.label({"id": "p2", "value": "high"}), 422)
    assert ports.labels.history(MODEL, "p1")[0].value == 3.0


BAD_LABELS: list[tuple[str, object, str | None]] = [
    ("no id", {"value": "good"}, "id"),
    ("no value", {"id": "x"}, "value"),
    ("null", {"id": "x", "value": None}, "value"),
    ("a list", {"id": "x", "value": ["good"]}, "value"),
    ("an empty class", {"id": "x", "value": ""}, "value"),
    ("a class that is too long", {"id": "x", "value": "x" * 501}, "value"),
    ("an unknown key", {"id": "x", "value": "good", "weight": 2}, "weight"),
    ("a naive time", {"id": "x", "value": "good", "time": "2026-01-01T00:00:00"}, "time"),
    ("an empty source", {"id": "x", "value": "good", "source": ""}, "source"),
    ("no object", "good", None),
]


async def test_a_bad_label_is_named_and_spoils_no_other(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with running(served(tmp_path)) as api:
        for name, label, field in BAD_LABELS:
            good = {"id": f"beside {name}", "value": "good"}
            with subtests.test(name):
                alone = problem(await api.label(label), 422)
                assert [(one["row"], one["field"]) for one in alone["errors"]] == [(0, field)]
                problem(await api.label(good, label, query="?all_or_nothing=true"), 422)
                assert api.ports.labels.history(MODEL, good["id"]) == []
                mixed = (await api.label(good, label)).json()
                assert mixed["waiting"] == 1
                assert [(one["row"], one["field"]) for one in mixed["errors"]] == [(1, field)]


async def test_a_regression_label_is_a_number(tmp_path: Path) -> None:
    async with running(served(tmp_path, "regression")) as api:
        for value in ("3.5", True, None, [1]):
            problem(await api.label({"id": "x", "value": value}), 422)
        assert (await api.label({"id": "x", "value": 2})).json()["waiting"] == 1
