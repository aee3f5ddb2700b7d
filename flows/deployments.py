"""Deployments: the flows that Prefect schedules, served from this process."""

from __future__ import annotations

from datetime import timedelta

from prefect import serve

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
        monitor_flow.to_deployment(name="every-model", interval=every, concurrency_limit=1),
        retrain_flow.to_deployment(name="on-demand"),
        train_flow.to_deployment(name="on-demand"),
        watch_flow.to_deployment(name="on-demand"),
    )
