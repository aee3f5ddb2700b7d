"""The inference service as it runs: uvicorn on a loopback port, SQLite on disk, clients beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from infra.database import open_engine
from infra.memory import memory_ports
from infra.migrating import migrate
from infra.ports import Ports
from infra.settings import Settings
from infra.stores.alerts import SqlAlerts
from infra.stores.decisions import SqlDecisions
from infra.stores.labels import SqlLabels
from infra.stores.models import SqlModels
from infra.stores.predictions import SqlPredictions
from infra.stores.versions import SqlVersions
from infra.stores.windows import SqlWindows
from services.inference.server import build_server
from tests.unit.services.inference.building import GOOD, MODEL, bundle, crown, publish, register

START_SECONDS = 60.0


def sqlite_ports(folder: Path) -> Ports:
    engine = open_engine(f"sqlite:///{folder / 'keepsharp.db'}")
    migrate(engine)
    return replace(
        memory_ports(folder),
        models=SqlModels(engine),
        predictions=SqlPredictions(engine),
        labels=SqlLabels(engine),
        windows=SqlWindows(engine),
        alerts=SqlAlerts(engine),
        versions=SqlVersions(engine),
        decisions=SqlDecisions(engine),
    )


@contextmanager
def listening(ports: Ports) -> Iterator[str]:
    """The base URL of a server on a free port."""
    server = build_server(ports, Settings(port=0, reload_seconds=0.02))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the server ended before it had started"
        assert time.monotonic() < deadline, "the server did not start in time"
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    made = sqlite_ports(tmp_path)
    register(made)
    crown(made, publish(made, 1, bundle()))
    return made


def test_predictions_labels_and_a_new_champion_through_a_real_server(ports: Ports, tmp_path: Path) -> None:
    with listening(ports) as url, httpx.Client(base_url=url) as client:
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
        deadline = time.monotonic() + START_SECONDS
        while client.get("/readyz").json()["models"] != {MODEL: 2}:
            assert time.monotonic() < deadline
        assert _predict(client, "later").json()["version"] == 2
        assert _predict(client, "p1").content == answers[1].content
        assert client.get(f"/v1/models/{MODEL}").json()["labels"]["joined"] == 2
        assert client.post(f"/v1/models/{MODEL}/rollback", json={"reason": "worse"}).json()["version"] == 1

    again = sqlite_ports(tmp_path)
    assert again.predictions.last_seq(MODEL) == 21
    champion = again.versions.champion(MODEL)
    assert champion is not None
    assert champion.version == 1


def _predict(client: httpx.Client, name: str) -> httpx.Response:
    return client.post(f"/v1/models/{MODEL}/predictions", json={"rows": [{"id": name, "features": GOOD}]})


def test_a_body_over_the_limit_is_refused_by_the_real_server(ports: Ports) -> None:
    headers = {"content-type": "application/json"}
    with listening(ports) as url, httpx.Client(base_url=url) as client:
        limit = Settings().max_body_bytes
        declared = client.post(f"/v1/models/{MODEL}/predictions", content=b" " * (limit + 1), headers=headers)
        streamed = client.post(
            f"/v1/models/{MODEL}/predictions", content=(b" " * 1_000_000 for _ in range(20)), headers=headers
        )
        assert (declared.status_code, streamed.status_code) == (413, 413)
        assert _predict(client, "after").status_code == 200
