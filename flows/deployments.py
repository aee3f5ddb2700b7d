"""Deployments: the flows that Prefect schedules, run by the workers of a pool."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.context import refresh_global_settings_context
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
from infra.starting import READY
from infra.starting.ready import stand_ready
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
RUN_COMMAND = "python3 -m infra.starting prefect.engine"
"""What runs a flow: Prefect's engine, on whatever machine, in the environment of the worker."""
IMPORTED_LATER = ("cleanlab.filter", "pyarrow.parquet", "sklearn.ensemble", "torch._dynamo")
MLFLOW_STORES = ("mlflow.models", "mlflow.store.tracking.{0}_store", "mlflow.store.model_registry.{0}_store")
"""What most runs come to import while they run, MLflow's by where it keeps its own. Evidently is not among them: few
runs do, and it is large."""
_WHOLE_MINUTE = datetime(2026, 1, 1, tzinfo=UTC)


def work_in_pool(pool: str, *, alone: bool) -> None:
    """Register the deployments for a work pool and be one of its workers until interrupted. Any number of processes on
    any number of machines may do so: what is due is run by one of them. It says how it is at `HEALTH_PORT`.

    `monitor` looks at every model on its own, `trainings` trains what was found to wait, `costs` charges the day and
    `removal` removes what is too old; the others run when a person or an event asks for them. Each run is a fork of a
    process that has imported everything, so call this before any thread begins. On SIGTERM it ends at once. The runs
    it started go on where their processes may; in a container they end with it, and a training goes on from its
    checkpoint.

    Args:
        alone: no other machine is meant to work for this pool: runs begin in the folder that we are in, and where
            nobody else was starting runs when we began, those of before that nobody is at are ended however young.
    """
    settings = Settings()
    _run_ready(settings)
    end_when_told()
    logging.getLogger("asyncio").addFilter(is_no_end)
    _say_where(home=settings.home, data_dir=settings.data_dir, budgets=settings.budgets)
    deploy_to(pool, settings, Path.cwd() if alone else None)
    keep_ending_dead_runs(leases_of(settings), one_of_many=not alone)
    _keep_up(settings)
    asyncio.run(ProcessWorker(work_pool_name=pool).start(with_healthcheck=HEALTH_PORT in os.environ))


def _run_ready(settings: Settings) -> None:
    """Have runs begin as forks of a process that is ready; where they cannot, by the Python that runs us."""
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # to ask for a card the other way spoils it for forks
    kind = "rest" if settings.mlflow.startswith("http") else "sqlalchemy"
    if ready := stand_ready((*IMPORTED_LATER, *(module.format(kind) for module in MLFLOW_STORES)), _be_new):
        os.environ[READY] = ready
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _be_new() -> None:
    """In a fork: read Prefect's settings again, and draw other random numbers than the forks beside it."""
    refresh_global_settings_context()
    np.random.seed()


def is_no_end(record: logging.LogRecord) -> bool:
    """Whether a record tells of more than that something was cancelled, as what listens to a run is when all ends:
    asyncio of Python 3.11 tells that as an error, with a traceback (python/cpython#113538)."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


def _keep_up(settings: Settings) -> None:
    """What this process does itself, beside starting runs: it tells MLflow what it missed, and makes missed looks."""
    ports, lanes = build_ports(settings), range(1, ROUNDS_AT_ONCE + 1)
    keep_catching_up(ports.tracking)
    looks = [lane(LOOKS, number) for number in lanes]
    keep_standing_in(ports, open_desk, looks, LOOK_EVERY, lambda: deliver(ports, settings))


def _say_where(**places: Path | None) -> None:
    """Runs of a worker begin in a folder of their own, where relative paths lead elsewhere."""
    os.environ.update({f"KEEPSHARP_{name.upper()}": str(one.resolve()) for name, one in places.items() if one})


def deploy_to(pool: str, settings: Settings, folder: Path | None = None) -> None:
    """Register the deployments for the workers of a pool, which is made where it is missing.

    Args:
        folder: where each run begins, on every machine; a new one of its own without.
    """
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=pool, type=ProcessWorker.type))
    for deployment in deployments_of(settings, pool, {} if folder is None else {"working_dir": str(folder)}):
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


def deployments_of(settings: Settings, pool: str, variables: Mapping[str, str]) -> list[RunnerDeployment]:
    """All that Prefect is told of, with these variables of the pool's jobs."""
    looks, trainings = range(1, ROUNDS_AT_ONCE + 1), range(1, settings.trainings_at_once + 1)
    by_turns = [
        Interval(ROUNDS_AT_ONCE * LOOK_EVERY, anchor_date=_WHOLE_MINUTE + number * LOOK_EVERY) for number in looks
    ]
    alone: list[tuple[Flow[..., Any], str, Schedule | None, dict[str, Any]]] = [
        *((monitor_flow, lane(ROUND, number), by_turns[number - 1], {"number": number}) for number in looks),
        *((trainings_flow, lane(QUEUE, number), None, {"number": number}) for number in trainings),
        (cost_flow, "every-day", Interval(CHARGE_EVERY), {}),
        (removal_flow, "old-predictions", Interval(REMOVE_EVERY), {}),
    ]
    place: dict[str, Any] = {"work_pool_name": pool, "job_variables": {"command": RUN_COMMAND, **variables}}
    return [
        *(_deployment(flow, name, schedule, ONE_AT_ONCE, given, **place) for flow, name, schedule, given in alone),
        *(_deployment(flow, "on-demand", **place) for flow in (retrain_flow, train_flow, watch_flow)),
    ]


def _deployment(
    flow: Flow[..., Any],
    name: str,
    schedule: Schedule | None = None,
    limit: ConcurrencyLimitConfig | None = None,
    parameters: dict[str, Any] | None = None,
    **place: Any,
) -> RunnerDeployment:
    """Found again by its module, so that it does not matter which folder we run in."""
    return RunnerDeployment.from_flow(
        flow,
        name,
        schedule=schedule,
        concurrency_limit=limit,
        parameters=parameters,
        entrypoint_type=EntrypointType.MODULE_PATH,
        **place,
    )
