"""The inference service as it runs: uvicorn on a loopback port, SQLite on disk, clients beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports
from tests.integration.listening import await_that, home, listening
from tests.unit.services.inference.building import GOOD, MODEL, bundle, crown, publish


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    return home(tmp_path)


def test_predictions_labels_and_a_new_champion_through_a_real_server(ports: Ports, tmp_path: Path) -> None:
    with listening(ports, tmp_path) as url, httpx.Client(base_url=url) as client:
        assert client.get("/readyz").json() == {"status": "ready", "models": {MODEL: 1}}
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda row: _predict(client, f"p{row % 20}"), range(80)))
        assert {answer.status_code for answer in answers} == {200}
        for place in range(20):
            assert len({answer.content for answer in answers[place::20]}) == 1
        assert ports.predictions.last_seq(MODEL) == 20

        labels = {"labels": [{"id": "p1", "value": "good"}, {"id": "later", "value": "bad"}]}
        counted = client.post(f"/v1/models/{MODEL}/labels", json=labels).json()
        assert (counted["joined"], counted["waiting"]) == (1, 1)

        crown(ports, publish(ports, 2, bundle(2)))
        await_that(lambda: client.get("/readyz").json()["models"] == {MODEL: 2}, "version 2 serves")
        assert _predict(client, "later").json()["version"] == 2
        assert _predict(client, "p1").content == answers[1].content
        assert client.get(f"/v1/models/{MODEL}").json()["labels"]["joined"] == 2
        assert client.post(f"/v1/models/{MODEL}/rollback", json={"reason": "worse"}).json()["version"] == 1

    again = build_ports(Settings(home=tmp_path / "elsewhere", database_url=f"sqlite:///{tmp_path / 'keepsharp.db'}"))
    assert again.predictions.last_seq(MODEL) == 21
    champion = again.versions.champion(MODEL)
    assert champion is not None
    assert champion.version == 1


def _predict(client: httpx.Client, name: str) -> httpx.Response:
    return client.post(f"/v1/models/{MODEL}/predictions", json={"rows": [{"id": name, "features": GOOD}]})


def test_a_body_over_the_limit_is_refused_by_the_real_server(ports: Ports, tmp_path: Path) -> None:
    headers = {"content-type": "application/json"}
    with listening(ports, tmp_path) as url, httpx.Client(base_url=url) as client:
        limit = Settings().max_body_bytes
        declared = client.post(f"/v1/models/{MODEL}/predictions", content=b" " * (limit + 1), headers=headers)
        streamed = client.post(
            f"/v1/models/{MODEL}/predictions", content=(b" " * 1_000_000 for _ in range(20)), headers=headers
        )
        assert (declared.status_code, streamed.status_code) == (413, 413)
        assert _predict(client, "after").status_code == 200
