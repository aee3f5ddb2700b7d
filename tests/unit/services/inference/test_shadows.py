"""Shadow and canary as a caller sees them, and the routes about them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.domain.shadows import Appointment
from infra.ports import Ports
from services.inference.canary import takes_canary
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import GOOD, MODEL, NOW, Running, bundle, crown, publish, running, served

pytestmark = pytest.mark.anyio
URL = f"/v1/models/{MODEL}"


def with_rules(ports: Ports, rules: str) -> Ports:
    known = ports.models.get(MODEL)
    ports.models.save(replace(known, spec_yaml=f"{known.spec_yaml}serving: {rules}\n"))
    return ports


def accompanied(folder: Path, rules: str = "{shadow: 1.0}") -> Ports:
    """Version 1 serves, version 2 challenges, and there is a simple model."""
    ports = with_rules(served(folder), rules)
    candidate = publish(ports, 2, bundle(2))
    simple = bundle(3)
    ports.shadows.appoint(Appointment(model=MODEL, role="challenger", version=2, sha256=candidate.sha256, since=NOW))
    appointment = Appointment(model=MODEL, role="simple", version=0, sha256=simple.sha256, since=NOW)
    ports.shadows.appoint(appointment, simple.pack())
    return ports


@asynccontextmanager
async def answering(ports: Ports) -> AsyncIterator[Running]:
    """An app whose shadow work is done by the test, when the test says so."""
    async with running(ports) as api:
        api.service.shadows.close()
        yield api


def asked(count: int) -> list[dict[str, Any]]:
    return [{"id": f"row-{row}", "features": {**GOOD, "speed": row / 7}} for row in range(count)]


def value_of(seed: int, row: dict[str, Any]) -> Any:
    made = bundle(seed)
    return made.answer(made.schema.parse([row["features"]]).block).values[0]


async def test_a_shadow_answer_is_kept_and_never_returned(tmp_path: Path) -> None:
    alone_folder = tmp_path / "alone"
    alone_folder.mkdir()
    async with running(served(alone_folder)) as api:
        alone = await api.predict(*asked(20))
    ports = accompanied(tmp_path)
    async with answering(ports) as api:
        answer = await api.predict(*asked(20))
        api.service.shadows.work()
        again = await api.predict(*asked(20))
    assert answer.content == alone.content
    assert again.content == alone.content
    assert ports.shadows.count(MODEL, "challenger", 2) == 20
    assert ports.shadows.count(MODEL, "simple", 0) == 20


async def test_the_canary_share_of_ids_is_answered_by_the_challenger_and_stored_under_its_version(
    tmp_path: Path,
) -> None:
    ports = accompanied(tmp_path, "{canary: 0.4}")
    async with answering(ports) as api:
        rows = asked(60)
        answers = (await api.predict(*rows)).json()["predictions"]
        again = (await api.predict(*rows[::-1])).json()["predictions"]
        api.service.shadows.work()
    expected = {row["id"]: 2 if takes_canary(row["id"], 0.4) else 1 for row in rows}
    assert set(expected.values()) == {1, 2}
    assert {one["id"]: one["version"] for one in answers} == expected
    assert {one["id"]: one["version"] for one in again} == expected
    assert [one["id"] for one in answers] == [row["id"] for row in rows]
    for row, one in zip(rows, answers, strict=True):
        assert one["value"] == value_of(one["version"], row)
        assert ports.predictions.get(MODEL, row["id"]).prediction.version == one["version"]


async def labelled(api: Running, ports: Ports, rows: list[dict[str, Any]]) -> None:
    """The truth is what version 2 says."""
    await api.predict(*rows)
    api.service.shadows.work()
    await api.label(*[{"id": row["id"], "value": value_of(2, row)} for row in rows])


async def test_the_comparison_is_on_the_same_labelled_rows(tmp_path: Path) -> None:
    ports = accompanied(tmp_path)
    async with answering(ports) as api:
        rows = asked(50)
        await labelled(api, ports, rows[:40])
        await api.predict(*rows[40:])
        api.service.shadows.work()
        found = (await api.client.get(f"{URL}/shadows")).json()
    same = sum(value_of(1, row) == value_of(2, row) for row in rows[:40]) / 40
    assert (found["champion"], found["shadow"], found["canary"]) == (1, 1.0, 0.0)
    challenger, simple = found["items"]
    assert (challenger["role"], challenger["version"], challenger["loaded"]) == ("challenger", 2, True)
    assert (simple["role"], simple["version"], simple["kept"]) == ("simple", 0, 50)
    compared = challenger["compared"]
    assert (challenger["kept"], compared["labelled"], compared["metric"]) == (50, 40, "accuracy")
    assert (compared["shadow"], compared["answered"]) == (1.0, pytest.approx(same))
    assert compared["agreement"] == pytest.approx(same)
    assert compared["gain"] == pytest.approx(1.0 - same)
    assert 0.0 < compared["low"] < compared["gain"] < compared["high"]


async def test_a_model_without_shadows_has_none(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        assert (await api.client.get(f"{URL}/shadows")).json()["items"] == []
        problem(await api.client.get("/v1/models/ghost/shadows"), 404)
        problem(await api.client.get("/v1/models/ghost/labelling"), 404)


async def test_the_labelling_queue_begins_with_those_that_abstained(tmp_path: Path) -> None:
    ports = with_rules(served(tmp_path), "{abstain_below: 0.6}")
    async with running(ports) as api:
        answers = (await api.predict(*asked(30))).json()["predictions"]
        await api.label({"id": "row-0", "value": "good"})
        queue = (await api.client.get(f"{URL}/labelling?limit=10")).json()["items"]
        rest = (await api.client.get(f"{URL}/labelling?limit=100&offset=10")).json()["items"]
    unsure = [one["confidence"] < 0.6 for one in answers[1:]]
    listed = [one["prediction"] for one in [*queue, *rest]]
    assert len(listed) == 29
    assert [one["abstained"] for one in listed] == sorted(unsure, reverse=True)
    confidences = [one["confidence"] for one in listed]
    assert confidences == sorted(confidences)


async def test_a_person_appoints_and_dismisses_a_challenger(tmp_path: Path) -> None:
    ports = served(tmp_path)
    for version in (2, 3):
        publish(ports, version, bundle(version))
    async with running(ports) as api:
        post = api.client.post
        body = {"version": 2, "reason": "try it", "actor": "ana", "time": "2026-01-02T03:04:05Z"}
        decision = (await post(f"{URL}/challenge", json=body)).json()
        await api.service.reloader.look()
        assert (decision["kind"], decision["version"], decision["previous_version"]) == ("challenge", 2, 1)
        assert decision["reasons"][0]["text"] == "ana: try it"
        (appointment,) = ports.shadows.appointments()
        assert (appointment.version, appointment.since.isoformat()) == (2, "2026-01-02T03:04:05+00:00")
        assert (await api.client.get(f"{URL}/shadows")).json()["items"][0]["loaded"] is True

        for version, status in ((2, 409), (1, 409), (9, 404)):
            problem(await post(f"{URL}/challenge", json={"version": version, "reason": "x"}), status)
        problem(await post("/v1/models/ghost/challenge", json={"version": 2, "reason": "x"}), 404)
        assert (await post(f"{URL}/challenge", json={"version": 3, "reason": "newer"})).status_code == 200
        assert [one.version for one in ports.shadows.appointments()] == [3]

        gone = (await post(f"{URL}/dismiss", json={"reason": "seen enough"})).json()
        assert (gone["kind"], gone["version"], ports.shadows.appointments()) == ("dismiss", 3, [])
        problem(await post(f"{URL}/dismiss", json={"reason": "again"}), 409)
        problem(await post(f"{URL}/dismiss", json={}), 422)
    kinds = [one.kind for one in ports.decisions.page(MODEL, 9)]
    assert kinds.count("challenge") == 2
    assert kinds.count("dismiss") == 1


async def test_a_challenger_that_is_promoted_challenges_nobody(tmp_path: Path) -> None:
    ports = served(tmp_path)
    crown(ports, publish(ports, 2, bundle(2)))
    publish(ports, 3, bundle(3))
    async with running(ports) as api:
        for version in (1, 3):
            await api.client.post(f"{URL}/challenge", json={"version": version, "reason": "x"})
        assert (await api.client.post(f"{URL}/promote", json={"version": 3, "reason": "x"})).status_code == 200
    assert ports.shadows.appointments() == []
