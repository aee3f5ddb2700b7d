from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from infra.domain.errors import Unavailable
from infra.domain.shadows import Appointment, AppointmentRole
from infra.model.bundle import ModelBundle
from infra.ports import Ports, Versions
from infra.settings import Settings
from services.inference.metrics import Metrics
from services.inference.predictor import Predictor
from services.inference.reloader import Reloader
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import GOOD, MODEL, NOW, bundle, crown, publish, register, running, served

pytestmark = pytest.mark.anyio


async def test_a_new_champion_takes_over_under_load_without_a_mixed_or_failed_request(tmp_path: Path) -> None:
    ports = served(tmp_path)
    bundles = {1: bundle(1)}
    async with running(ports, Settings(reload_seconds=0.001)) as api:

        async def client(name: int) -> list[Any]:
            answers = []
            for turn in range(25):
                rows = [{"id": f"{name}-{turn}-{row}", "features": {**GOOD, "speed": row}} for row in range(3)]
                answers.append(await api.predict(*rows))
            return answers

        clients = [asyncio.create_task(client(name)) for name in range(4)]
        for version in (2, 3, 4):
            await asyncio.sleep(0)
            bundles[version] = bundle(version)
            crown(ports, publish(ports, version, bundles[version]))
            while api.service.predictor.all()[MODEL].version != version:
                await asyncio.sleep(0.001)
        answers = [answer for answers in await asyncio.gather(*clients) for answer in answers]
        last = (await api.predict({"features": GOOD})).json()
    assert last["version"] == 4
    assert {answer.status_code for answer in answers} == {200}
    for document in (answer.json() for answer in answers):
        assert {one["version"] for one in document["predictions"]} == {document["version"]}
        assert [one["confidence"] for one in document["predictions"]] == pytest.approx(
            expected(bundles[document["version"]])
        )


def expected(made: ModelBundle) -> list[float]:
    """What this bundle answers to the rows of the clients above."""
    parsed = made.schema.parse([{**GOOD, "speed": row} for row in range(3)])
    return list(made.answer(parsed.block).confidences or ())


def damaged(ports: Ports, version: int, how: str) -> None:
    """Crown a version whose bundle is not what it claims."""
    made = bundle(seed=version)
    config, weights = made.pack()
    if how == "weights":
        weights = bundle(seed=99).pack()[1]
    if how == "config":
        config = config.replace('"temperature":1.0', '"temperature":2.0')
    if how == "example":
        assert made.example is not None
        made = replace(made, example=replace(made.example, confidence=0.123))
        config, weights = made.pack()
    candidate = publish(ports, version, replace(made, provenance={"seed": 0, "copy": version}))
    candidate = replace(candidate, version=version + 100, sha256=made.sha256)
    ports.versions.add(candidate, config, weights)
    crown(ports, candidate)


@pytest.mark.parametrize("how", ["weights", "config", "example"])
async def test_a_champion_that_cannot_be_trusted_keeps_the_old_one_serving(tmp_path: Path, how: str) -> None:
    ports = served(tmp_path)
    async with running(ports) as api:
        damaged(ports, 2, how)
        await api.service.reloader.look()
        await api.service.reloader.look()
        answer = await api.predict({"features": GOOD})
        assert answer.json()["version"] == 1
        (alert,) = ports.alerts.unresolved(MODEL)
        assert (alert.rule, alert.severity, alert.state) == ("reload_failed", "critical", "open")
        assert "version 1 goes on serving" in alert.message
        text = await api.metrics()
        assert 'keepsharp_reloads_total{model="line",model_version="102",outcome="failed"} 1.0' in text
        assert 'keepsharp_alerts{model="line",rule="reload_failed",severity="critical",state="open"} 1.0' in text
        health = (await api.client.get(f"/v1/models/{MODEL}")).json()
        assert (health["version"], health["serving"], health["health"]) == (102, 1, "degraded")
        assert (await api.client.get("/readyz")).status_code == 200

        crown(ports, publish(ports, 3, bundle(seed=3)))
        await api.service.reloader.look()
        assert (await api.predict({"features": GOOD})).json()["version"] == 3
        assert ports.alerts.unresolved(MODEL) == []
        assert ports.alerts.get(alert.id).state == "resolved"


async def test_a_failed_champion_is_tried_again_later_and_its_acknowledged_alert_is_left_alone(tmp_path: Path) -> None:
    ports, metrics = served(tmp_path), Metrics()
    damaged(ports, 2, "weights")
    reloader = Reloader(ports, Predictor(), metrics, Settings(), retry_seconds=0.0)
    await reloader.look()
    (alert,) = ports.alerts.unresolved(MODEL)
    ports.alerts.save(replace(alert, state="acknowledged"))
    await reloader.look()
    assert [one.state for one in ports.alerts.unresolved(MODEL)] == ["acknowledged"]
    labels = {"model": MODEL, "model_version": "102", "outcome": "failed"}
    assert metrics.registry.get_sample_value("keepsharp_reloads_total", labels) == 2.0


async def test_a_first_champion_that_fails_is_named_by_every_answer(tmp_path: Path) -> None:
    ports = served(tmp_path)
    register(ports, "broken")
    config, weights = bundle(5).pack()
    candidate = replace(publish(ports, 1, bundle(6), model="broken"), version=2, sha256=bundle(5).sha256)
    ports.versions.add(candidate, config, weights[:-8])
    crown(ports, candidate)
    async with running(ports) as api:
        assert "could not be loaded" in problem(await api.predict({"features": GOOD}, model="broken"), 503)["detail"]
        ready = problem(await api.client.get("/readyz"), 503)
        assert [one["field"] for one in ready["errors"]] == ["broken"]
        assert (await api.predict({"features": GOOD})).status_code == 200


class Away:
    """Versions of a database that is away."""

    def __init__(self, inner: Versions) -> None:
        self.inner, self.away = inner, False

    def __getattr__(self, name: str) -> Any:
        if self.away:
            raise Unavailable("the database is away: wait for it")
        return getattr(self.inner, name)


async def test_an_absent_database_stops_no_answer_but_readiness(tmp_path: Path) -> None:
    ports = served(tmp_path)
    away = Away(ports.versions)
    async with running(replace(ports, versions=cast(Versions, away))) as api:
        away.away = True
        await api.service.reloader.look()
        assert (await api.predict({"features": GOOD})).status_code == 200
        assert "the database is away" in problem(await api.client.get("/readyz"), 503)["detail"]
        problem(await api.client.get(f"/v1/models/{MODEL}"), 503)
        away.away = False
        crown(ports, publish(ports, 2, bundle(2)))
        await api.service.reloader.look()
        assert (await api.predict({"features": GOOD})).json()["version"] == 2


async def test_the_same_bundle_crowned_again_is_not_loaded_again(tmp_path: Path) -> None:
    ports = served(tmp_path)
    async with running(ports) as api:
        before = api.service.predictor.all()[MODEL].bundle
        champion = ports.versions.champion(MODEL)
        assert champion is not None
        decision = ports.decisions.page(MODEL, 1)[0]
        ports.versions.crown(replace(champion, decision_id="kept"), replace(decision, id="kept", kind="keep"))
        await api.service.reloader.look()
        assert api.service.predictor.all()[MODEL].bundle is before


def appoint(ports: Ports, role: AppointmentRole, version: int, made: ModelBundle) -> None:
    appointment = Appointment(model=MODEL, role=role, version=version, sha256=made.sha256, since=NOW)
    ports.shadows.appoint(appointment, made.pack())


async def test_challenger_and_simple_model_are_loaded_beside_the_champion_and_leave_with_their_posts(
    tmp_path: Path,
) -> None:
    ports = served(tmp_path)
    appoint(ports, "challenger", 2, bundle(2))
    appoint(ports, "simple", 0, bundle(3))
    async with running(ports) as api:
        predictor = api.service.predictor
        challenger, simple = predictor.challenger(MODEL), predictor.simple(MODEL)
        assert challenger is not None
        assert simple is not None
        assert (challenger.version, challenger.sha256) == (2, bundle(2).sha256)
        assert (simple.version, simple.sha256) == (0, bundle(3).sha256)
        assert predictor.all()[MODEL].version == 1
        assert 'keepsharp_reloads_total{model="line",model_version="0",outcome="loaded"} 1.0' in await api.metrics()
        ports.shadows.dismiss(MODEL, "challenger")
        await api.service.reloader.look()
        assert predictor.challenger(MODEL) is None
        assert predictor.simple(MODEL) is simple


def unusable(seed: int) -> ModelBundle:
    """A bundle that answers its example otherwise than it says."""
    made = bundle(seed)
    assert made.example is not None
    return replace(made, example=replace(made.example, confidence=0.123))


@pytest.mark.parametrize("role", ["challenger", "simple"])
async def test_a_failing_challenger_leaves_the_champion_answering(tmp_path: Path, role: AppointmentRole) -> None:
    ports = served(tmp_path)
    appoint(ports, role, 2, unusable(2))
    async with running(ports) as api:
        answer = (await api.predict({"features": GOOD})).json()
        assert answer["version"] == 1
        deployment = api.service.predictor.deployment(MODEL)
        assert deployment is not None
        assert deployment.held_by(role) is None
        (alert,) = ports.alerts.unresolved(MODEL)
        assert (alert.rule, alert.severity) == ("shadow_reload_failed", "warning")
        assert f"it answers nothing as {role}, and the champion goes on serving" in alert.message
        assert api.service.reloader.failures == {}
        assert (await api.client.get("/readyz")).status_code == 200

        crown(ports, publish(ports, 5, bundle(5)))
        await api.service.reloader.look()
        assert (await api.predict({"features": GOOD})).json()["version"] == 5
        assert ports.alerts.unresolved(MODEL) == [alert]

        ports.shadows.dismiss(MODEL, role)
        await api.service.reloader.look()
        assert ports.alerts.unresolved(MODEL) == []


async def test_a_challenger_that_fails_does_not_leave_the_one_before_it_in_its_place(tmp_path: Path) -> None:
    ports = served(tmp_path)
    appoint(ports, "challenger", 2, bundle(2))
    async with running(ports) as api:
        appoint(ports, "challenger", 3, unusable(3))
        await api.service.reloader.look()
        assert api.service.predictor.challenger(MODEL) is None
        appoint(ports, "challenger", 4, bundle(4))
        await api.service.reloader.look()
        challenger = api.service.predictor.challenger(MODEL)
        assert challenger is not None
        assert challenger.version == 4
        assert ports.alerts.unresolved(MODEL) == []


async def test_a_promoted_challenger_serves_with_the_bundle_it_has_and_challenges_nobody(tmp_path: Path) -> None:
    ports = served(tmp_path)
    candidate = publish(ports, 2, bundle(2))
    appoint(ports, "challenger", 2, bundle(2))
    async with running(ports) as api:
        loaded = api.service.predictor.challenger(MODEL)
        assert loaded is not None
        crown(ports, candidate)
        await api.service.reloader.look()
        assert api.service.predictor.all()[MODEL].bundle is loaded.bundle
        assert api.service.predictor.challenger(MODEL) is None


async def test_the_rules_follow_the_model_file_and_survive_one_that_cannot_be_read(
    tmp_path: Path, logged: list[Any]
) -> None:
    ports = served(tmp_path)
    registered = ports.models.get(MODEL)
    async with running(ports) as api:
        assert api.service.predictor.rules(MODEL).canary == 0.0
        ports.models.save(replace(registered, spec_yaml=registered.spec_yaml + "serving: {canary: 0.25}\n"))
        await api.service.reloader.look()
        assert api.service.predictor.rules(MODEL).canary == 0.25
        ports.models.save(replace(registered, spec_yaml="serving: ["))
        for _ in range(2):
            await api.service.reloader.look()
        assert api.service.predictor.rules(MODEL).canary == 0.25
        assert api.service.predictor.rules("ghost").canary == 0.0
    unread = [one for one in logged if "model file cannot be read" in one["event"]]
    assert len(unread) == 1


async def test_going_back_to_the_version_that_still_serves_settles_the_failure(tmp_path: Path) -> None:
    ports = served(tmp_path)
    async with running(ports) as api:
        damaged(ports, 2, "weights")
        await api.service.reloader.look()
        assert [one.rule for one in ports.alerts.unresolved(MODEL)] == ["reload_failed"]
        champion, decision = ports.versions.champion(MODEL), ports.decisions.page(MODEL, 1)[0]
        assert champion is not None
        first = replace(champion, version=1, sha256=bundle(1).sha256, decision_id="back")
        ports.versions.crown(first, replace(decision, id="back", kind="rollback", version=1))
        await api.service.reloader.look()
        assert ports.alerts.unresolved(MODEL) == []
        assert api.service.reloader.failures == {}
