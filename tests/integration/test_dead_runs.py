"""A flow run whose process was killed keeps its schedule from nothing: its place in Prefect is given back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyOptions, State
from prefect.states import Pending, Running

from flows.dead_flow import end_dead_runs
from flows.deployments import LEASES, ONE_LOOK
from flows.desk import wall_clock
from flows.holding import held
from infra.settings import Settings
from infra.wiring import build_ports, forget_ports

pytestmark = pytest.mark.slow
LEASE = ":tested"


class Schedule:
    """A deployment of which one run may be under way."""

    def __init__(self, client: SyncPrefectClient, limit: ConcurrencyLimitConfig) -> None:
        self._client, name = client, f"dead-{uuid.uuid4().hex[:8]}"
        flow = client.create_flow_from_name(name)
        self._id: UUID = client.create_deployment(
            flow,
            name,
            concurrency_limit=limit.limit,
            concurrency_options=ConcurrencyOptions(collision_strategy=limit.collision_strategy),
        )
        self.leases = {name: (name, LEASE)}

    def start(self) -> tuple[UUID, str]:
        """A new run, and whether Prefect lets it run."""
        run = self._client.create_flow_run_from_deployment(self._id)
        pending: State[Any] = Pending()
        running: State[Any] = Running()
        for state in (pending, running):
            found = self._client.set_flow_run_state(run.id, state)
            if str(found.status.value) != "ACCEPT":
                break
        return run.id, self.state(run.id)

    def state(self, run: UUID) -> str:
        return str(self._client.read_flow_run(run).state_name)


@pytest.fixture
def schedule(prefect_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Schedule]:
    monkeypatch.setenv("KEEPSHARP_HOME", str(tmp_path))
    monkeypatch.setenv("KEEPSHARP_DATABASE_URL", "")
    with get_client(sync_client=True) as client:
        yield Schedule(client, ONE_LOOK)
    forget_ports()


def soon() -> datetime:
    return wall_clock() + timedelta(minutes=1)


def test_the_place_of_a_killed_run_is_given_back(schedule: Schedule) -> None:
    killed, state = schedule.start()
    assert state == "Running"
    assert schedule.start()[1] == "Cancelled"
    assert end_dead_runs(schedule.leases, wall_clock() - timedelta(minutes=5)) == 0, "it is young, and may be starting"
    assert end_dead_runs(schedule.leases, soon()) == 1
    assert schedule.state(killed) == "Crashed"
    assert schedule.start()[1] == "Running"


def test_a_run_that_somebody_is_at_is_left_alone(schedule: Schedule) -> None:
    run, _ = schedule.start()
    with held(build_ports(Settings()).leases, LEASE, "looks", wall_clock):
        assert end_dead_runs(schedule.leases, soon()) == 0
    assert schedule.state(run) == "Running"
    assert end_dead_runs(schedule.leases, soon()) == 1


def test_every_schedule_of_ours_says_which_lease_its_runs_hold() -> None:
    assert LEASES == {
        "every-model": ("monitor", ":looks"),
        "every-day": ("costs", ":charges"),
        "old-predictions": ("removal", ":removals"),
    }
