"""A killed service has lost nothing that it acknowledged, and stored nothing twice; `make chaos` does it at length."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx
import pytest

from benchmarks.serving.home import make_home
from benchmarks.serving.network import FEATURES, MODEL, make_bundle
from infra.wiring import build_ports
from tests.chaos.clients import PATH
from tests.chaos.ordeal import Summary, endure, home_at
from tests.chaos.outages import make_database
from tests.chaos.service import Nursery

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chaos")]


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("services")) as made:
        yield made


def test_on_sqlite_also_while_it_is_locked_and_while_the_spill_is_replayed(nursery: Nursery, tmp_path: Path) -> None:
    summary = endure(nursery, home_at(tmp_path), ("serving", "spilling", "serving", "draining"), seed=11)
    _check(summary)


@pytest.mark.postgres
def test_on_postgresql_also_while_it_is_away(nursery: Nursery, tmp_path: Path, postgres_url: str) -> None:
    database = make_database(postgres_url, "chaos")
    summary = endure(nursery, home_at(tmp_path, database), ("serving", "spilling"), seed=12)
    _check(summary)


def test_a_relaxed_model_says_so_and_an_orderly_stop_loses_nothing(nursery: Nursery, tmp_path: Path) -> None:
    settings = home_at(tmp_path)
    make_home(settings, make_bundle(1), relaxed=True)
    service = nursery.start({"KEEPSHARP_HOME": str(settings.home), "KEEPSHARP_DATABASE_URL": ""})
    service.await_ready()
    answered: list[str] = []

    def send(client: int) -> None:
        with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as http:
            for number in count():
                name = f"{client}-{number}"
                row = {"id": name, "features": dict.fromkeys(FEATURES, 0.25)}
                try:
                    answer = http.post(PATH, json={"rows": [row]})
                except httpx.TransportError:
                    return
                if answer.status_code != 200:
                    return
                assert answer.json()["logging"] == "relaxed"
                answered.append(name)
                if len(answered) == 100:
                    enough.set()

    enough = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(send, client) for client in range(4)]
        assert enough.wait(60), [one.exception() for one in sending if one.done()]
        service.stop()
        for one in sending:
            one.result()
    stored = {row.prediction.id for row in build_ports(settings).predictions.between(MODEL, 1, 10**9)}
    assert set(answered) <= stored


def _check(summary: Summary) -> None:
    assert summary.problems == []
    assert summary.tried_again > 0, "no client noticed that the service was killed"
    assert summary.rows_acknowledged > summary.requests_acknowledged > summary.rounds
