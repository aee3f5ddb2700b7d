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

from flows.dead_flow import MAY_START_FOR, STARTERS, Standing, end_dead_runs
from flows.deployments import ONE_AT_ONCE, deployments_of, leases_of
from flows.desk import wall_clock
from flows.holding import held, is_held
from infra.memory import memory_ports
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
        yield Schedule(client, ONE_AT_ONCE)
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


def test_who_begins_to_start_runs_alone_ends_young_ones_and_who_joins_others_does_not(tmp_path: Path) -> None:
    leases, began = memory_ports(tmp_path).leases, wall_clock()
    first, second = (Standing(leases, began, one_of_many=False) for _ in range(2))
    assert first.take() == began
    assert second.take() < wall_clock() - MAY_START_FOR / 2
    assert first.take() < wall_clock() - MAY_START_FOR / 2, "what it has started meanwhile is young"


def test_who_joined_others_takes_their_place_once_they_are_gone_and_still_leaves_young_runs_alone(
    tmp_path: Path,
) -> None:
    leases = memory_ports(tmp_path).leases
    standing = Standing(leases, wall_clock(), one_of_many=False)
    with held(leases, STARTERS, "starting", wall_clock):
        standing.take()
    assert not is_held(leases, STARTERS, wall_clock)
    assert standing.take() < wall_clock() - MAY_START_FOR / 2
    assert is_held(leases, STARTERS, wall_clock)


def test_a_worker_of_a_pool_never_takes_itself_for_the_only_one(tmp_path: Path) -> None:
    leases, began = memory_ports(tmp_path).leases, wall_clock()
    standing = Standing(leases, began, one_of_many=True)
    assert standing.take() < began - MAY_START_FOR / 2
    assert is_held(leases, STARTERS, wall_clock), "others see that it is there"


def test_every_deployment_that_runs_once_at_a_time_says_which_lease_its_runs_hold() -> None:
    settings = Settings(trainings_at_once=2)
    assert leases_of(settings) == {
        "every-model": ("monitor", ":looks"),
        "every-model-2": ("monitor", ":looks-2"),
        "every-model-3": ("monitor", ":looks-3"),
        "what-waits": ("trainings", ":trainings"),
        "what-waits-2": ("trainings", ":trainings-2"),
        "every-day": ("costs", ":charges"),
        "old-predictions": ("removal", ":removals"),
    }
    limited = {
        one.name: one.flow_name for one in deployments_of(settings, "any", {}) if one.concurrency_limit is not None
    }
    assert limited == {name: flow for name, (flow, _) in leases_of(settings).items()}
