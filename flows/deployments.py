"""Deployments: the flows that Prefect schedules, served from this process."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect import Flow, serve
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from flows.monitor_flow import monitor_flow
from flows.retrain_flow import retrain_flow
from flows.train_flow import train_flow
from flows.watch_flow import watch_flow

LOOK_EVERY = timedelta(minutes=1)


def serve_flows(every: timedelta = LOOK_EVERY) -> None:
    """Register the deployments and run what they schedule until interrupted.

    `monitor` looks at every model on its own; the others run when a person or an event asks for them.
    """
    serve(
        _deployment(monitor_flow, "every-model", every),
        *(_deployment(flow, "on-demand") for flow in (retrain_flow, train_flow, watch_flow)),
    )


def _deployment(flow: Flow[..., Any], name: str, every: timedelta | None = None) -> RunnerDeployment:
    """Found again by its module, so that it does not matter which folder we run in."""
    return RunnerDeployment.from_flow(
        flow,
        name,
        interval=every,
        concurrency_limit=1 if every else None,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
