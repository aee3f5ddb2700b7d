from __future__ import annotations

from pathlib import Path

import pytest

from infra.memory import memory_ports
from infra.ports import Ports
from tests.contracts.building import after, corrected, correction_test, label, ledger, prediction, run
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import MODEL, register, running

pytestmark = pytest.mark.anyio


def kept(folder: Path) -> Ports:
    """Ports of a model with two ledgers, three kept rows, two tests and a corrected label."""
    ports = memory_ports(folder)
    register(ports)
    ports.corrections.save(ledger("r1", model=MODEL, at=after(1)), [])
    rows = [corrected(place, run_id="r2", model=MODEL) for place in (1, 2, 3)]
    ports.corrections.save(ledger("r2", model=MODEL, at=after(2)), rows)
    ports.corrections.save(ledger("other", model="other"), [])
    ports.standing_tests.add([correction_test("a", model=MODEL), correction_test("b", model=MODEL, state="forgotten")])
    ports.predictions.add([prediction("p", model=MODEL)])
    ports.labels.add([label("p", model=MODEL), label("p", "DOWN", model=MODEL)])
    return ports


async def test_corrections_are_labels_as_before_with_ledgers_beside_them(tmp_path: Path) -> None:
    async with running(kept(tmp_path)) as here:
        found = (await here.client.get(f"/v1/models/{MODEL}/corrections", params={"limit": 1})).json()
        assert [one["prediction_id"] for one in found["items"]] == ["p"]
        assert (found["limit"], found["offset"]) == (1, 0)
        assert [one["run_id"] for one in found["ledgers"]] == ["r2"]
        assert found["tests"] == {"kept": 1, "forgotten": 1}
        later = (await here.client.get(f"/v1/models/{MODEL}/corrections", params={"offset": 1})).json()
        assert ([one["run_id"] for one in later["ledgers"]], later["items"]) == (["r1"], [])


async def test_a_runs_ledger_is_paged_by_its_rows(tmp_path: Path) -> None:
    async with running(kept(tmp_path)) as here:
        found = (
            await here.client.get(f"/v1/models/{MODEL}/runs/r2/corrections", params={"limit": 2, "offset": 1})
        ).json()
        assert [row["place"] for row in found["items"]] == [2, 3]
        assert found["items"][0]["before"] == {"answer": "DOWN", "truth_probability": 0.1, "loss": 2.3}
        assert found["ledger"]["parts"][0]["fixed"] == 7
        assert found["ledger"]["layers"][0]["weight_change"] is None


@pytest.mark.parametrize("run", ["unknown", "other"])
async def test_a_run_of_another_model_has_no_ledger_here(tmp_path: Path, run: str) -> None:
    async with running(kept(tmp_path)) as here:
        answer = await here.client.get(f"/v1/models/{MODEL}/runs/{run}/corrections")
        assert "kept no correction ledger" in problem(answer, 404)["detail"]


async def test_the_tests_are_paged_last_added_first(tmp_path: Path) -> None:
    async with running(kept(tmp_path)) as here:
        found = (await here.client.get(f"/v1/models/{MODEL}/tests", params={"limit": 1})).json()
        assert [one["prediction_id"] for one in found["items"]] == ["b"]
        assert found["items"][0]["state"] == "forgotten"


async def test_a_person_makes_a_row_a_test_and_ends_it(tmp_path: Path) -> None:
    ports = kept(tmp_path)
    ports.runs.save(run("r2", model=MODEL, version=2))
    async with running(ports) as here:
        url, body = f"/v1/models/{MODEL}/tests", {"run": "r2", "id": "p1", "reason": "never again", "actor": "ana"}
        made = (await here.client.post(url, json=body)).json()
        assert (made["prediction_id"], made["made_by"]) == ("p1", "ana")
        problem(await here.client.post(url, json=body), 409)
        problem(await here.client.post(url, json={**body, "id": "ghost"}), 404)
        problem(await here.client.post(url, json={**body, "reason": ""}), 422)
        word = {"id": "p1", "reason": "the gauge was off", "actor": "ana"}
        gone = (await here.client.post(f"{url}/withdraw", json=word)).json()
        assert gone["withdrawn_because"] == "withdrawn by ana: the gauge was off"
        problem(await here.client.post(f"{url}/withdraw", json=word), 409)
    assert [one.deed.act for one in ports.deeds.page(MODEL, 2)] == ["withdraw", "add"]
