from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from infra.domain.alerts import Heartbeat
from infra.domain.labelling import Quarantine
from infra.domain.windows import FeedbackReport, Window
from infra.ports import Ports
from monitoring.silence import MONITOR
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import GOOD, MODEL, NOW, running, served

pytestmark = pytest.mark.anyio
REPORT = FeedbackReport(
    labelled=90, delay_median_seconds=60.0, delay_p90_seconds=None, disagreements=2, sources={"bench": 90}
)


def window(index: int, feedback: FeedbackReport | None = None) -> Window:
    return Window(
        model=MODEL,
        index=index,
        first_seq=index * 100 + 1,
        last_seq=index * 100 + 100,
        start=NOW - timedelta(hours=2),
        end=NOW - timedelta(hours=1),
        rows=100,
        versions=(1,),
        state="final" if feedback else "provisional",
        feedback=feedback,
    )


def held(ports: Ports, name: str = "q1", model: str = MODEL) -> Quarantine:
    quarantine = Quarantine(id=name, model=model, at=NOW, reason="Odd", first_place=1, last_place=9, source="bench")
    ports.quarantines.save(quarantine)
    return quarantine


async def test_feedback_says_what_is_known_of_the_labels_and_of_the_monitoring(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        unknown = (await api.client.get(f"/v1/models/{MODEL}/feedback")).json()
        assert (unknown["window"], unknown["report"]) == (None, None)
        assert unknown["coverage"] == {"models": 0.0, "windows": None, "last_look": None}
        api.ports.windows.save(window(0, REPORT))
        api.ports.windows.save(window(1))
        api.ports.heartbeats.beat(Heartbeat(name=MONITOR, model=MODEL, at=NOW, ok=True))
        held(api.ports)
        found = (await api.client.get(f"/v1/models/{MODEL}/feedback")).json()
    assert (found["window"], found["rows"], found["standing"]) == (0, 100, 1)
    assert found["report"]["sources"] == {"bench": 90}
    assert found["report"]["delay_p90_seconds"] is None
    assert found["coverage"]["models"] == 1.0
    assert found["coverage"]["windows"] == 1.0
    assert found["labels"] == {"joined": 0, "waiting": 0, "corrected": 0}


async def test_a_person_releases_a_quarantine_once(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        held(api.ports)
        url = f"/v1/models/{MODEL}/quarantines"
        freed = await api.client.post(f"{url}/q1/release", json={"reason": "they are right", "actor": "ana"})
        again = await api.client.post(f"{url}/q1/release", json={"reason": "they are right"})
        (listed,) = (await api.client.get(url)).json()["items"]
    assert freed.status_code == 200
    assert (listed["released_by"], listed["released_at"] is None) == ("ana", False)
    assert "Odd. Released because: they are right" in listed["reason"]
    assert "released at" in problem(again, 409)["detail"]


@pytest.mark.parametrize("name", ["nobody", "q2", "x" * 300, "%00"])
async def test_only_a_quarantine_of_this_model_is_released(tmp_path: Path, name: str) -> None:
    async with running(served(tmp_path)) as api:
        held(api.ports, "q2", model="another")
        answer = await api.client.post(f"/v1/models/{MODEL}/quarantines/{name}/release", json={"reason": "so"})
        problem(answer, 404)
        assert len(api.ports.quarantines.standing("another")) == 1


async def test_rows_are_asked_for_at_random_and_remembered(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        await api.predict(*({"id": f"p{n}", "features": GOOD} for n in range(30)))
        await api.label({"id": "p0", "value": "good"})
        url = f"/v1/models/{MODEL}/audits"
        asked = (await api.client.post(url, json={"rows": 20.0})).json()
        rest = (await api.client.post(url, json={"rows": 20})).json()
        listed = (await api.client.get(url)).json()["items"]
    first, second = ([row["prediction"]["id"] for row in one["rows"]] for one in (asked, rest))
    assert (len(first), len(second)) == (20, 9), "nobody is asked for the same row twice, nor for a known truth"
    assert "p0" not in {*first, *second}
    assert {one["prediction_id"] for one in listed} == {*first, *second}
    assert all(one["random"] for one in listed)
    assert asked["rows"][0]["prediction"]["features"]["speed"] == GOOD["speed"]


@pytest.mark.parametrize("body", [{"rows": 0}, {"rows": 1001}, {"rows": 1.5}, {}, {"rows": 5, "since": "yesterday"}])
async def test_a_wish_that_cannot_be_meant_is_refused(tmp_path: Path, body: dict[str, object]) -> None:
    async with running(served(tmp_path)) as api:
        problem(await api.client.post(f"/v1/models/{MODEL}/audits", json=body), 422)
        assert api.ports.audits.page(MODEL, 10) == []


async def test_an_unknown_model_has_no_feedback(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        for path in ("feedback", "quarantines", "audits"):
            problem(await api.client.get(f"/v1/models/nobody/{path}"), 404)
