from __future__ import annotations

from pathlib import Path

import pytest

from infra.domain.decisions import PromotionDecision, Reason, TrainingRun
from infra.ports import Ports
from infra.verifying import verify_record
from tests.contracts.building import trigger
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import MODEL, NOW, bundle, crown, publish, running, served
from tests.unit.services.inference.test_reading import alert

pytestmark = pytest.mark.anyio


def three_versions(folder: Path) -> Ports:
    """Version 3 serves, after 1 and 2; 4 waits with a measured run."""
    ports = served(folder)
    for version in (2, 3):
        crown(ports, publish(ports, version, bundle(version)))
    publish(ports, 4, bundle(4))
    run = TrainingRun(
        id="run-4",
        model=MODEL,
        at=NOW,
        trigger_id="t",
        state="succeeded",
        start="warm:3",
        rows=10,
        snapshot="",
        seed=0,
        data_start=None,
        data_end=None,
        version=4,
        metrics={"holdout_accuracy": 0.97},
    )
    ports.runs.save(run)
    return ports


async def test_a_wish_to_retrain_is_kept_as_a_trigger(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        answer = await api.client.post(
            f"/v1/models/{MODEL}/retrain", json={"reason": "new lamp", "actor": "ana", "time": "2026-01-02T03:04:05Z"}
        )
        assert answer.status_code == 202
        (trigger,) = api.ports.triggers.in_state(MODEL, "requested")
    assert (trigger.source, trigger.reason, trigger.actor) == ("person", "new lamp", "ana")
    assert trigger.at.isoformat() == "2026-01-02T03:04:05+00:00"
    assert answer.json()["id"] == trigger.id


async def test_a_person_promotes_a_version(tmp_path: Path) -> None:
    async with running(three_versions(tmp_path)) as api:
        body = {"version": 4.0, "reason": "the audit liked it", "actor": "ana"}
        decision = (await api.client.post(f"/v1/models/{MODEL}/promote", json=body)).json()
        champion = api.ports.versions.champion(MODEL)
        await api.service.reloader.look()
        assert api.service.predictor.all()[MODEL].version == 4
    assert champion is not None
    assert (champion.version, champion.accepted, champion.probation_until_seq) == (4, 0.97, 1000)
    assert (decision["kind"], decision["previous_version"], decision["actor"]) == ("promote", 3, "ana")
    assert decision["reasons"][0]["text"] == "ana: the audit liked it"


async def test_rolling_back_twice_goes_two_versions_back_and_no_further_than_the_first(tmp_path: Path) -> None:
    async with running(three_versions(tmp_path)) as api:
        url, body = f"/v1/models/{MODEL}/rollback", {"reason": "worse"}
        decisions = [(await api.client.post(url, json=body)).json() for _ in range(2)]
        assert [(one["kind"], one["version"], one["previous_version"]) for one in decisions] == [
            ("rollback", 2, 3),
            ("rollback", 1, 2),
        ]
        assert "no earlier version" in problem(await api.client.post(url, json=body), 409)["detail"]


async def test_what_cannot_be_promoted(tmp_path: Path) -> None:
    async with running(three_versions(tmp_path)) as api:
        url = f"/v1/models/{MODEL}/promote"
        problem(await api.client.post(url, json={"version": 3, "reason": "again"}), 409)
        problem(await api.client.post(url, json={"version": 99, "reason": "no such"}), 404)
        problem(await api.client.post("/v1/models/ghost/promote", json={"version": 1, "reason": "x"}), 404)


async def test_a_version_whose_verdict_failed_is_promoted_by_force_alone_and_told(tmp_path: Path) -> None:
    ports = three_versions(tmp_path)
    failed = Reason(rule="golden", passed=False, figure=0.01, limit=0.05, text="It is worse on the trusted set.")
    ports.decisions.add(
        PromotionDecision(
            id="verdict", model=MODEL, at=NOW, kind="reject", version=4, previous_version=3, reasons=(failed,)
        )
    )
    async with running(ports) as api:
        url, body = f"/v1/models/{MODEL}/promote", {"version": 4, "reason": "we need it", "actor": "ana"}
        said = problem(await api.client.post(url, json=body), 409)["detail"]
        assert "worse on the trusted set" in said
        assert "force" in said
        decision = (await api.client.post(url, json={**body, "force": True})).json()
    assert [(one["rule"], one["passed"]) for one in decision["reasons"]] == [("person", True), ("forced", False)]
    (told,) = [one for one in ports.alerts.unresolved(MODEL) if one.rule == "promotion_forced"]
    assert "ana: we need it" in told.message
    champion = ports.versions.champion(MODEL)
    assert champion is not None
    assert champion.probation_until_seq is not None, "what was forced is watched"


async def test_a_candidate_is_rejected_once_on_record_and_what_serves_never(tmp_path: Path) -> None:
    ports = three_versions(tmp_path)
    async with running(ports) as api:
        url, body = f"/v1/models/{MODEL}/reject", {"version": 4, "reason": "one supplier's parts", "actor": "ana"}
        decision = (await api.client.post(url, json=body)).json()
        assert (decision["kind"], decision["version"], decision["actor"]) == ("reject", 4, "ana")
        assert "rejected already" in problem(await api.client.post(url, json=body), 409)["detail"]
        assert "serves" in problem(await api.client.post(url, json={**body, "version": 3}), 409)["detail"]
        problem(await api.client.post(url, json={**body, "version": 99}), 404)
        promote = {"version": 4, "reason": "now"}
        assert "force" in problem(await api.client.post(f"/v1/models/{MODEL}/promote", json=promote), 409)["detail"]
    assert ports.deeds.page(MODEL, 1)[0].deed.act == "reject"
    assert verify_record(ports, MODEL).holds


async def test_an_alert_is_acknowledged_silenced_and_resolved(tmp_path: Path) -> None:
    ports = served(tmp_path)
    ports.alerts.save(alert())
    async with running(ports) as api:
        post = api.client.post
        said = (await post("/v1/alerts/a1/acknowledge", json={"note": "on it", "actor": "ana"})).json()
        assert (said["state"], said["note"]) == ("acknowledged", "ana: on it")
        until = "2026-03-02T00:00:00Z"
        quiet = (await post("/v1/alerts/a1/silence", json={"until": until})).json()
        assert (quiet["state"], quiet["silenced_until"]) == ("silenced", until)
        past = {"until": "2020-01-01T00:00:00Z"}
        problem(await post("/v1/alerts/a1/silence", json=past), 409)
        done = (await post("/v1/alerts/a1/resolve", json={})).json()
        assert (done["state"], done["silenced_until"]) == ("resolved", None)
        assert ports.alerts.get("a1").resolved_at == NOW
        for act in ("acknowledge", "resolve"):
            problem(await post(f"/v1/alerts/a1/{act}", json={}), 409)
        problem(await post("/v1/alerts/ghost/resolve", json={}), 404)
        problem(await post("/v1/alerts/%00/resolve", json={}), 404)


async def test_an_alert_takes_notes_and_owners_from_operators(tmp_path: Path) -> None:
    ports = served(tmp_path)
    ports.alerts.save(alert())
    async with running(ports) as api:
        post = api.client.post
        given = (await post("/v1/alerts/a1/assign", json={"owner": "night-shift", "actor": "ana"})).json()
        assert (given["owner"], given["actions"]) == ("night-shift", ["2026-03-01 12:00 given to night-shift by ana"])
        await post("/v1/alerts/a1/resolve", json={})
        said = (await post("/v1/alerts/a1/note", json={"note": "it was the camera", "actor": "ana"})).json()
        assert (said["state"], said["note"]) == ("resolved", "ana: it was the camera")
        problem(await post("/v1/alerts/a1/assign", json={"owner": "bo"}), 409)
        problem(await post("/v1/alerts/a1/note", json={}), 422)
        problem(await post("/v1/alerts/a1/assign", json={"owner": ""}), 422)
        problem(await post("/v1/alerts/ghost/note", json={"note": "x"}), 404)


BODIES: list[tuple[str, bytes, int]] = [
    ("nothing", b"", 422),
    ("NaN", b'{"reason": "x", "version": NaN}', 400),
    ("a repeated key", b'{"reason": "x", "reason": "y"}', 400),
    ("a NUL", b'{"reason": "x\\u0000"}', 422),
    ("a lone surrogate", b'{"reason": "\\ud800"}', 400),
    ("an unknown key", b'{"reason": "x", "until": 1, "hue": 2}', 422),
    ("an empty reason", b'{"reason": ""}', 422),
    ("a number as reason", b'{"reason": 1}', 422),
    ("a list", b"[]", 422),
    ("a naive time", b'{"reason": "x", "time": "2026-01-01T00:00:00"}', 422),
    ("a huge integer", b'{"reason": "x", "version": 99999999999999999999}', 422),
    ("text as a number", b'{"reason": "x", "version": "4"}', 422),
    ("deep nesting", b'{"reason": ' + b"[" * 50 + b"]" * 50 + b"}", 422),
    ("too much", b'{"reason": "' + b"x" * 70_000 + b'"}', 413),
]


async def test_a_bad_wish_is_refused_and_changes_nothing(tmp_path: Path, subtests: pytest.Subtests) -> None:
    ports = three_versions(tmp_path)
    url, headers = f"/v1/models/{MODEL}/promote", {"content-type": "application/json"}
    async with running(ports) as api:
        for name, body, status in BODIES:
            with subtests.test(name):
                document = problem(await api.client.post(url, content=body, headers=headers), status)
                assert len(str(document)) < 2000
        problem(await api.client.post(url, content=b'{"version": 1}'), 415)
    champion = ports.versions.champion(MODEL)
    assert champion is not None
    assert champion.version == 3


async def test_a_retraining_that_a_budget_holds_is_listed_approved_once_and_charged(tmp_path: Path) -> None:
    ports = served(tmp_path)
    for name in ("t1", "t2"):
        ports.triggers.save(trigger(name, model=MODEL, state="held"))
    async with running(ports) as api:
        listed = (await api.client.get(f"/v1/models/{MODEL}/triggers", params={"state": "held"})).json()["items"]
        assert [one["id"] for one in listed] == ["t2", "t1"]
        body = {"reason": "it pays", "actor": "ana"}
        approved = (await api.client.post("/v1/triggers/t1/approve", json=body)).json()
        declined = (await api.client.post("/v1/triggers/t2/decline", json=body)).json()
        problem(await api.client.post("/v1/triggers/t1/approve", json=body), 409)
        problem(await api.client.post("/v1/triggers/none/approve", json=body), 404)
        problem(await api.client.post("/v1/triggers/t1/approve", json={"actor": "ana"}), 422)
    assert (approved["state"], approved["evidence"]["approved_by"]) == ("accepted", "ana")
    assert (declined["state"], declined["evidence"]["declined_by"]) == ("refused", "ana")
    assert [entry.stage for entry in ports.costs.page(MODEL, 9) if entry.unit == "act"] == ["review", "review"]


async def test_an_alert_that_is_looked_at_is_charged_once(tmp_path: Path) -> None:
    ports = served(tmp_path)
    ports.alerts.save(alert())
    async with running(ports) as api:
        for act in ("note", "acknowledge", "resolve"):
            await api.client.post(f"/v1/alerts/a1/{act}", json={"note": "seen", "actor": "ana"})
    (entry,) = [entry for entry in ports.costs.page(MODEL, 9) if entry.stage != "serve"]
    assert (entry.stage, entry.unit, entry.amount) == ("review", "act", None)
