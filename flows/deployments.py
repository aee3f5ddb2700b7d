"""Deployments: the flows that Prefect schedules, served from this process or run by the workers of a pool."""

from __future__ import annotations

import asyncio
import logging
import os
import warnings
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import Flow, serve
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists
from prefect.schedules import Interval, Schedule
from prefect.types.entrypoint import EntrypointType
from prefect.workers.process import ProcessWorker

from flows.catching_up import keep_catching_up
from flows.cost_flow import CHARGES, cost_flow
from flows.dead_flow import keep_ending_dead_runs
from flows.monitor_flow import LOOKS, monitor_flow
from flows.notifying import deliver
from flows.removal_flow import REMOVALS, removal_flow
from flows.retrain_flow import retrain_flow
from flows.standing_in import keep_standing_in
from flows.train_flow import train_flow
from flows.trainings_flow import QUEUE, TRAININGS, trainings_flow
from flows.turns import lane
from flows.watch_flow import watch_flow
from flows.workplace import open_desk
from infra.processes import end_when_told
from infra.settings import Settings
from infra.wiring import build_ports

LOOK_EVERY = timedelta(minutes=1)
ROUND, ROUNDS_AT_ONCE = "every-model", 3
"""Rounds of looks begin in so many lanes by turns, so that one look that takes long leaves two thirds of them."""
CHARGE_EVERY = timedelta(hours=6)
"""A day that is charged again is charged once, and one that lacks a few hours of service is not left out."""
REMOVE_EVERY = timedelta(hours=6)
ONE_AT_ONCE = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
"""While one run of a deployment is under way another is superfluous; what was missed while nothing ran is not made up
for."""
HEALTH_PORT = "PREFECT_WORKER_WEBSERVER_PORT"
"""Where this variable is set a worker answers there at `/health`: 503 once it has not asked for work for a while."""
_WHOLE_MINUTE = datetime(2026, 1, 1, tzinfo=UTC)


def serve_flows(every: timedelta = LOOK_EVERY) -> None:
    """Register the deployments and run what they schedule until interrupted.

    `monitor` looks at every model on its own, `trainings` trains what was found to wait, `costs` charges the day and
    `removal` removes what is too old; the others run when a person or an event asks for them. Runs of before whose
    processes were killed are ended, since they would keep new ones from running; young ones only where no other process
    starts runs.
    """
    warnings.filterwarnings("ignore", "coroutine 'Runner.astop'", RuntimeWarning)  # Prefect's own, when it is stopped
    logging.getLogger("asyncio").addFilter(is_no_end)
    settings = Settings()
    keep_ending_dead_runs(leases_of(settings), one_of_many=False)
    _keep_up(settings, every)
    serve(
        *deployments_of(settings, every), pause_on_shutdown=False
    )  # it would wait for a server that may be ending too


def work_in_pool(pool: str) -> None:
    """Register the deployments for a work pool and be one of its workers until interrupted. Any number of processes on
    any number of machines may do so: what is due is run by one of them. It says how it is at `HEALTH_PORT`.

    On SIGTERM it ends at once. The runs it started go on where their processes may; in a container they end with it,
    and a training goes on from its checkpoint.
    """
    end_when_told()
    settings = Settings()
    _say_where(home=settings.home, data_dir=settings.data_dir, budgets=settings.budgets)
    deploy_to(pool, settings)
    keep_ending_dead_runs(leases_of(settings), one_of_many=True)
    _keep_up(settings, LOOK_EVERY)
    asyncio.run(ProcessWorker(work_pool_name=pool).start(with_healthcheck=HEALTH_PORT in os.environ))


def is_no_end(record: logging.LogRecord) -> bool:
    """Whether a record tells of more than that something was cancelled, as what listens to a run is when all ends:
    asyncio of Python 3.11 tells that as an error, with a traceback (python/cpython#113538)."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


def _keep_up(settings: Settings, every: timedelta) -> None:
    """What this process does itself, beside starting runs: it tells MLflow what it missed, and makes missed looks."""
    ports, lanes = build_ports(settings), range(1, ROUNDS_AT_ONCE + 1)
    keep_catching_up(ports.tracking)
    looks = [lane(LOOKS, number) for number in lanes]
    keep_standing_in(ports, open_desk, looks, every, lambda: deliver(ports, settings))


def _say_where(**places: Path | None) -> None:
    """Runs of a worker begin in a folder of their own, where relative paths lead elsewhere."""
    os.environ.update({f"KEEPSHARP_{name.upper()}": str(one.resolve()) for name, one in places.items() if one})


def deploy_to(pool: str, settings: Settings) -> None:
    """Register the deployments for the workers of a pool, which is made where it is missing."""
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=pool, type=ProcessWorker.type))
    for deployment in deployments_of(settings, pool=pool):
        deployment.apply()


def leases_of(settings: Settings) -> dict[str, tuple[str, str]]:
    """By each deployment that runs once at a time its flow, and the lease that says whether somebody is at it."""
    trainings = range(1, settings.trainings_at_once + 1)
    return {
        **{lane(ROUND, one): ("monitor", lane(LOOKS, one)) for one in range(1, ROUNDS_AT_ONCE + 1)},
        **{lane(QUEUE, one): ("trainings", lane(TRAININGS, one)) for one in trainings},
        "every-day": ("costs", CHARGES),
        "old-predictions": ("removal", REMOVALS),
    }


def deployments_of(
    settings: Settings, every: timedelta = LOOK_EVERY, pool: str | None = None
) -> list[RunnerDeployment]:
    """All that Prefect is told of, for the workers of the pool or, without one, for whoever serves it."""
    looks, trainings = range(1, ROUNDS_AT_ONCE + 1), range(1, settings.trainings_at_once + 1)
    by_turns = [Interval(ROUNDS_AT_ONCE * every, anchor_date=_WHOLE_MINUTE + number * every) for number in looks]
    alone: list[tuple[Flow[..., Any], str, Schedule | None, dict[str, Any]]] = [
        *((monitor_flow, lane(ROUND, number), by_turns[number - 1], {"number": number}) for number in looks),
        *((trainings_flow, lane(QUEUE, number), None, {"number": number}) for number in trainings),
        (cost_flow, "every-day", Interval(CHARGE_EVERY), {}),
        (removal_flow, "old-predictions", Interval(REMOVE_EVERY), {}),
    ]
    return [
        *(_deployment(flow, name, pool, schedule, ONE_AT_ONCE, given) for flow, name, schedule, given in alone),
        *(_deployment(flow, "on-demand", pool) for flow in (retrain_flow, train_flow, watch_flow)),
    ]


def _deployment(
    flow: Flow[..., Any],
    name: str,
    pool: str | None,
    schedule: Schedule | None = None,
    limit: ConcurrencyLimitConfig | None = None,
    parameters: dict[str, Any] | None = None,
) -> RunnerDeployment:
    """Found again by its module, so that it does not matter which folder we run in."""
    return RunnerDeployment.from_flow(
        flow,
        name,
        schedule=schedule,
        concurrency_limit=limit,
        parameters=parameters,
        work_pool_name=pool,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
