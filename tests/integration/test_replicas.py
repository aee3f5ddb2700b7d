"""Replicas of the API share nothing but the database, and follow it within five seconds."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from infra.settings import Settings
from infra.wiring import build_ports, forget_ports
from tests.chaos.service import Nursery
from tests.unit.services.inference.building import GOOD, MODEL, bundle, crown, publish, register

REPLICAS = 3
PROMISED_SECONDS = 5.0


@pytest.mark.postgres
def test_three_replicas_see_each_promotion_within_five_seconds(
    tmp_path: Path, postgres_url: str, postgres_engine: Engine
) -> None:
    assert postgres_engine.dialect.name == "postgresql"  # emptied and migrated
    ports = build_ports(Settings(home=tmp_path / "ours", database_url=postgres_url))
    register(ports)
    crown(ports, publish(ports, 1, bundle(1)))
    environment = {
        "KEEPSHARP_DATABASE_URL": postgres_url,
        "KEEPSHARP_SIGNING_SECRET": "shared by the replicas of a test",
    }
    with Nursery(tmp_path) as nursery:
        services = [
            nursery.start({**environment, "KEEPSHARP_HOME": str(tmp_path / f"replica-{number}")})
            for number in range(REPLICAS)
        ]
        for service in services:
            service.await_ready()
        delays = []
        for version in (2, 3):
            candidate = publish(ports, version, bundle(version))
            crowned = time.monotonic()
            crown(ports, candidate)
            delays.append(_seen_by_all([service.url for service in services], version, since=crowned))
        answers = [
            httpx.post(
                f"{service.url}/v1/models/{MODEL}/predictions",
                json={"rows": [{"id": "asked of all", "features": GOOD}]},
                trust_env=False,
                timeout=30,
            )
            for service in services
        ]
        for service in services:
            service.kill()
    assert max(delays) < PROMISED_SECONDS, delays
    assert [answer.json()["version"] for answer in answers] == [3] * REPLICAS
    assert ports.predictions.last_seq(MODEL) == 1, "one id asked of three replicas is one row"
    forget_ports()


def _seen_by_all(urls: list[str], version: int, *, since: float) -> float:
    """Seconds until each of them answers with the version."""
    left, deadline = set(urls), since + 60.0
    with httpx.Client(trust_env=False, timeout=30) as client:
        while left:
            assert time.monotonic() < deadline, f"{left} never served version {version}"
            left -= {url for url in left if client.get(f"{url}/v1/models/{MODEL}").json()["serving"] == version}
            time.sleep(0.02)
    return time.monotonic() - since
