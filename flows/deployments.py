"""Deployments: the flows that Prefect schedules, served from this process."""

from __future__ import annotations

import warnings
from datetime import timedelta
from typing import Any

from prefect import Flow, serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from flows.cost_flow import CHARGES, cost_flow
from flows.dead_flow import keep_ending_dead_runs
from flows.monitor_flow import LOOKS, monitor_flow
from flows.removal_flow import REMOVALS, removal_flow
from flows.retrain_flow import retrain_flow
from flows.train_flow import train_flow
from flows.watch_flow import watch_flow

LOOK_EVERY = timedelta(minutes=1)
CHARGE_EVERY = timedelta(hours=6)
"""A day that is charged again is charged once, and one that lacks a few hours of service is not left out."""
REMOVE_EVERY = timedelta(hours=6)
ONE_LOOK = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
"""While one look is under way another is superfluous; what was missed while nothing ran is not made up for."""

LEASES = {"every-model": ("monitor", LOOKS), "every-day": ("costs", CHARGES), "old-predictions": ("removal", REMOVALS)}
"""By deployment its flow, and the lease that says whether somebody is at it."""


def serve_flows(every: timedelta = LOOK_EVERY) -> None:
    """Register the deployments and run what they schedule until interrupted.

    `monitor` looks at every model on its own, `costs` charges the day and `removal` removes what is too old; the others
    run when a person or an event asks for them. Runs of before whose processes were killed are ended, since they would
    keep new ones from running.
    """
    warnings.filterwarnings("ignore", "coroutine 'Runner.astop'", RuntimeWarning)  # Prefect's own, when it is stopped
    keep_ending_dead_runs(LEASES)
    serve(
        _deployment(monitor_flow, "every-model", every),
        _deployment(cost_flow, "every-day", CHARGE_EVERY),
        _deployment(removal_flow, "old-predictions", REMOVE_EVERY),
        *(_deployment(flow, "on-demand") for flow in (retrain_flow, train_flow, watch_flow)),
        pause_on_shutdown=False,  # it would wait for a server that may be ending too
    )


def _deployment(flow: Flow[..., Any], name: str, every: timedelta | None = None) -> RunnerDeployment:
    """Found again by its module, so that it does not matter which folder we run in."""
    return RunnerDeployment.from_flow(
        flow,
        name,
        interval=every,
        concurrency_limit=ONE_LOOK if every else None,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
