"""The scheduled flow on a real Prefect server and a real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from infra.ports import Ports, RegisteredModel
from infra.settings import Settings
from infra.wiring import build_ports, forget_ports
from tests.builders import START, minute, trigger

SPEC = "model: {name}\ntask: classification\ndata: {{source: nowhere.csv, target: truth}}\n"


@pytest.fixture
def ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ports]:
    monkeypatch.setenv("KEEPSHARP_HOME", str(tmp_path))
    yield build_ports(Settings())
    forget_ports()


def register(ports: Ports, name: str) -> None:
    ports.models.save(
        RegisteredModel(name=name, spec_yaml=SPEC.format(name=name), spec_folder=".", registered_at=START)
    )


def flow_runs(api: str) -> dict[str, str]:
    answer = httpx.post(f"{api}/flow_runs/filter", json={"limit": 200}, timeout=60)
    return {run["name"]: run["state_type"] for run in answer.json()}


@pytest.mark.slow
def test_a_model_that_cannot_be_retrained_keeps_no_other_from_its_turn(ports: Ports, prefect_server: str) -> None:
    from flows.monitor_flow import monitor_flow

    for name in ("a-hopeless", "b-fine"):
        register(ports, name)
    ports.triggers.save(replace(trigger("wish", state="accepted"), model="a-hopeless"))
    with pytest.raises(RuntimeError, match="a-hopeless has no champion yet"):
        monitor_flow(now=minute(1))
    found = flow_runs(prefect_server)
    assert found["retrain a-hopeless"] == "FAILED"
    assert {beat.model: beat.ok for beat in ports.heartbeats.all()} == {"a-hopeless": True, "b-fine": True}
    (run,) = ports.runs.page("a-hopeless", 10)
    assert run.state == "failed"
    assert ports.triggers.in_state("a-hopeless", "accepted") == []


@pytest.mark.slow
def test_a_quiet_look_says_so_for_every_model(ports: Ports, prefect_server: str) -> None:
    from flows.monitor_flow import monitor_flow

    register(ports, "c-quiet")
    assert monitor_flow(now=minute(1)) == {"c-quiet": "no probation"}
    assert monitor_flow(model="c-quiet", now=minute(2)) == {"c-quiet": "no probation"}
    assert [(beat.model, beat.ok) for beat in ports.heartbeats.all()] == [("c-quiet", True)]
