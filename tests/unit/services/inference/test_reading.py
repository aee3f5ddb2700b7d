from __future__ import annotations

from pathlib import Path

import pytest

from infra.domain.alerts import Alert
from infra.domain.costs import CostEntry
from infra.domain.decisions import TrainingRun
from infra.domain.windows import ColumnDrift, DriftReport, PerformanceReport, SliceScore, Window
from infra.memory import memory_ports
from infra.ports import Ports
from tests.contracts.building import cost as a_cost
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import GOOD, MODEL, NOW, register, running, served

pytestmark = pytest.mark.anyio

LISTS = ("windows", "alerts", "runs", "decisions", "costs", "corrections")


def window(index: int) -> Window:
    column = ColumnDrift(
        column="speed",
        role="feature",
        method="ks",
        score=0.2,
        threshold=0.01,
        p_value=0.001,
        effect=0.2,
        drifted=True,
    )
    measured = PerformanceReport(
        kind="measured",
        metric="accuracy",
        value=0.91,
        low=0.88,
        high=0.94,
        rows=500,
        labelled=400,
        confident_errors=3,
        slices=(SliceScore(column="shift", value="early", rows=200, score=0.9),),
        others={"f1": 0.8},
    )
    return Window(
        model=MODEL,
        index=index,
        first_seq=1 + 500 * index,
        last_seq=500 + 500 * index,
        start=NOW,
        end=NOW,
        rows=500,
        versions=(1,),
        state="final",
        drift=DriftReport(reference_rows=500, current_rows=500, columns=(column,), not_judged={"wet": "constant"}),
        performance=measured,
    )


def alert(name: str = "a1") -> Alert:
    return Alert(
        id=name,
        model=MODEL,
        rule="accuracy",
        severity="warning",
        state="open",
        dedup_key=name,
        opened_at=NOW,
        updated_at=NOW,
        message="Accuracy fell.",
        evidence={"accuracy": 0.8, "window": 3, "slice": None},
    )


def filled(folder: Path) -> Ports:
    ports = served(folder)
    for index in range(3):
        ports.windows.save(window(index))
    ports.alerts.save(alert())
    run = TrainingRun(
        id="r1",
        model=MODEL,
        at=NOW,
        trigger_id="t1",
        state="succeeded",
        start="scratch",
        rows=100,
        snapshot="0" * 64,
        seed=0,
        data_start=None,
        data_end=NOW,
        version=1,
        metrics={"holdout_accuracy": 0.93},
    )
    ports.runs.save(run)
    cost = CostEntry(
        id="c1",
        model=MODEL,
        run_id="r1",
        stage="train",
        at=NOW,
        quantity=10.0,
        unit="cpu_second",
        rate=0.1,
        amount=1.0,
        currency="USD",
        cost_center="line",
        wall_seconds=12.0,
        measured="process time",
    )
    ports.costs.add([cost])
    return ports


async def test_a_model_is_described_with_its_health_and_why(tmp_path: Path) -> None:
    async with running(filled(tmp_path)) as api:
        await api.predict({"id": "p1", "features": GOOD})
        await api.label({"id": "p1", "value": "good"})
        one = (await api.client.get(f"/v1/models/{MODEL}")).json()
        listed = (await api.client.get("/v1/models")).json()
    assert (one["name"], one["version"], one["serving"], one["accepted"]) == (MODEL, 1, 1, 0.9)
    assert (one["predictions"], one["labels"]["joined"]) == (1, 1)
    assert (one["health"], one["why"]) == ("watch", "Accuracy fell.")
    assert listed == {"items": [one]}


async def test_a_model_without_champion_is_unknown_and_nothing_is_zero_that_is_not(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    register(ports)
    async with running(ports) as api:
        one = (await api.client.get(f"/v1/models/{MODEL}")).json()
    assert (one["health"], one["version"], one["accepted"], one["sha256"]) == ("unknown", None, None, None)


async def test_records_come_whole_paged_and_newest_first(tmp_path: Path) -> None:
    async with running(filled(tmp_path)) as api:
        await api.label({"id": "p1", "value": "good"})
        await api.label({"id": "p1", "value": "bad"})
        pages = {name: (await api.client.get(f"/v1/models/{MODEL}/{name}")).json() for name in LISTS}
        second = (await api.client.get(f"/v1/models/{MODEL}/windows?limit=1&offset=1")).json()
        none = (await api.client.get(f"/v1/models/{MODEL}/alerts?state=resolved")).json()
    assert {name: len(page["items"]) for name, page in pages.items()} == {**dict.fromkeys(LISTS, 1), "windows": 3}
    assert [one["index"] for one in pages["windows"]["items"]] == [2, 1, 0]
    assert pages["windows"]["items"][0]["drift"]["columns"][0]["p_value"] == 0.001
    assert pages["windows"]["items"][0]["performance"]["slices"][0]["value"] == "early"
    assert (second["limit"], second["offset"], second["items"][0]["index"]) == (1, 1, 1)
    assert none["items"] == []
    assert pages["corrections"]["items"][0]["earlier"]["value"] == "good"
    assert pages["corrections"]["items"][0]["later"]["value"] == "bad"
    assert pages["decisions"]["items"][0]["reasons"][0]["text"] == "It is better."
    assert pages["alerts"]["items"][0]["evidence"] == {"accuracy": 0.8, "window": 3, "slice": None}
    assert pages["costs"]["items"][0]["amount"] == 1.0


async def test_limits_are_checked(tmp_path: Path) -> None:
    queries = ("limit=0", "limit=1001", "limit=x", "offset=-1", "offset=99999999999999999999", "limit=NaN")
    async with running(served(tmp_path)) as api:
        for name in LISTS:
            for query in queries:
                document = problem(await api.client.get(f"/v1/models/{MODEL}/{name}?{query}"), 422)
                assert document["errors"][0]["field"].startswith("query.")
            problem(await api.client.get(f"/v1/models/ghost/{name}"), 404)
            problem(await api.client.get(f"/v1/models/%00/{name}"), 404)


async def test_a_decision_shows_its_link_and_the_record_can_be_checked(tmp_path: Path) -> None:
    ports = filled(tmp_path)
    async with running(ports) as api:
        await api.client.post("/v1/alerts/a1/acknowledge", json={"actor": "ada", "note": "I look"})
        decided = (await api.client.get(f"/v1/models/{MODEL}/decisions")).json()["items"]
        deeds = (await api.client.get(f"/v1/models/{MODEL}/deeds")).json()["items"]
        audit = (await api.client.get(f"/v1/models/{MODEL}/audit")).json()
    assert [(one["deed"]["actor"], one["deed"]["act"]) for one in deeds] == [
        ("ada", "acknowledge"),
        ("keepsharp", "promote"),
    ]
    assert [one["hash"] for one in decided] == [deeds[1]["hash"]]
    assert deeds[0]["previous_hash"] == deeds[1]["hash"]
    assert (audit["broken"], audit["links"], audit["head"]["hash"]) == (None, 2, deeds[0]["hash"])


async def test_one_answer_is_explained(tmp_path: Path) -> None:
    async with running(filled(tmp_path)) as api:
        await api.predict({"id": "p1", "features": GOOD})
        await api.label({"id": "p1", "value": "bad"})
        found = (await api.client.get(f"/v1/models/{MODEL}/predictions/p1")).json()
        problem(await api.client.get(f"/v1/models/{MODEL}/predictions/ghost"), 404)
    assert (found["prediction"]["version"], found["answered_as"]) == (1, "champion")
    assert found["decision"]["kind"] == "promote"
    assert [one["value"] for one in found["labels"]] == ["bad"]


async def test_costs_are_added_up_for_a_model_and_for_all(tmp_path: Path) -> None:
    ports = served(tmp_path)
    ports.costs.add(
        [
            a_cost("a", model=MODEL, amount=1.5, currency="EUR"),
            a_cost("b", model=MODEL, amount=None, rate=None, stage="label", unit="label", currency="EUR"),
            a_cost("c", model="other", amount=2.0, currency="USD"),
        ]
    )
    async with running(ports) as api:
        one = (await api.client.get(f"/v1/models/{MODEL}/costs/summary")).json()
        every = (await api.client.get("/v1/costs", params={"by": "month"})).json()
        wrong = await api.client.get("/v1/costs", params={"by": "colour"})
    assert one["total"] == {"EUR": 1.5}
    assert {entry["name"]: entry["unpriced"] for entry in one["sums"]} == {"train": 0, "label": 1}
    assert one["quantities"]["label"]["priced"] == 0.0
    assert every["total"] == {"EUR": 1.5, "USD": 2.0}
    assert wrong.status_code == 422
