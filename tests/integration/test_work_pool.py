"""A worker of a pool runs what Prefect has for it: a round of looks, and the training that the round found to wait."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.deployments import run_deployment
from prefect.workers.process import ProcessWorker

from flows.deployments import deploy_to
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports, forget_ports
from tests.builders import trigger
from tests.integration.test_monitor_flow import register

POOL = "tested"


@pytest.fixture
def ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ports]:
    monkeypatch.setenv("KEEPSHARP_HOME", str(tmp_path))
    monkeypatch.setenv("KEEPSHARP_DATABASE_URL", "")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    yield build_ports(Settings())
    forget_ports()


@pytest.mark.slow
def test_a_worker_looks_at_every_model_and_then_trains_what_waits(ports: Ports, prefect_server: str) -> None:
    assert prefect_server
    for name in ("a-hopeless", "b-fine"):
        register(ports, name)
    wish = replace(trigger("wish", state="accepted"), model="a-hopeless")
    ports.triggers.save(wish)
    deploy_to(POOL, Settings())
    stop_schedules()
    run_deployment("monitor/every-model", timeout=0, as_subflow=False)
    work()
    assert {beat.model: beat.ok for beat in ports.heartbeats.all()} == {"a-hopeless": True, "b-fine": True}
    assert ports.runs.page("a-hopeless", 10) == [], "a round of looks trains nothing"
    work()
    assert ports.triggers.get(wish.id).state == "failed"  # without a champion nothing is trained: it was tried
    assert [run.state for run in ports.runs.page("a-hopeless", 10)] == ["failed"]


def stop_schedules() -> None:
    """Nothing runs but what is asked for, here and in the tests after this one."""
    with get_client(sync_client=True) as client:
        for deployment in client.read_deployments():
            client.pause_deployment(deployment.id)


def work() -> None:
    """Be a worker until what is due by now is done."""
    asyncio.run(ProcessWorker(work_pool_name=POOL).start(run_once=True))
