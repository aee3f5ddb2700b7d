"""The ledger beside the operating system's own account of a serving process."""

from __future__ import annotations

import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.installation import address, api_command, free_port
from infra.ports import RegisteredModel
from infra.processes import Child, await_answer
from infra.settings import Settings
from infra.wiring import build_ports

FILE = "model: grid\ntask: classification\ndata: {source: a.csv, target: y}\ncosts: {cpu_hour: 3600}\n"


def children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_what_serving_costs_is_what_the_process_took(tmp_path: Path) -> None:
    settings, port = Settings(home=tmp_path / "home"), free_port()
    ports = build_ports(settings)
    ports.models.save(
        RegisteredModel(name="grid", spec_yaml=FILE, spec_folder=".", registered_at=datetime(2026, 1, 1, tzinfo=UTC))
    )
    before = children_cpu_seconds()
    environment = {"KEEPSHARP_HOME": str(settings.home), "KEEPSHARP_ACCESS": "open"}
    with Child("api", api_command(port), environment=environment) as api:
        await_answer(api, f"{address(port)}/livez", 120.0)
    took = children_cpu_seconds() - before
    (entry,) = ports.costs.page("grid", 9)
    print(f"\nthe process took {took:.3f} CPU seconds, the ledger has {entry.quantity:.3f}")
    assert entry.stage == "serve"
    assert entry.amount == pytest.approx(entry.quantity)
    assert took * 0.9 < entry.quantity <= took  # its guard and the end of the process are beside it
