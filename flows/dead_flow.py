"""Flow runs that Prefect calls running though their process was killed: ended, so that the next one may run.

A deployment of ours runs once at a time, and Prefect counts a dead run as that one: for ever, where its server was
restarted meanwhile and has forgotten how long the run may hold its place. Whether anybody is at the work is known from
our own leases, which say more: who holds one can be seen to be gone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import PrefectException
from prefect.states import Crashed

from flows.desk import wall_clock
from flows.holding import is_held
from infra.domain.errors import KeepsharpError
from infra.settings import Settings
from infra.wiring import build_ports

_log = logging.getLogger(__name__)

UNDER_WAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
MAY_START_FOR = timedelta(minutes=5)
"""So long a process of another machine may take until it holds its lease."""
ASK_EVERY_SECONDS = 60.0
_PAGE = 200


def end_dead_runs(leases_of: Mapping[str, tuple[str, str]], begun_before: datetime) -> int:
    """End the runs that began before then and that nobody is at; how many there were.

    Args:
        leases_of: by the name of a deployment the name of its flow, and of the lease that its runs hold.
        begun_before: younger runs are left alone.
    """
    leases, ended = build_ports(Settings()).leases, 0
    with get_client(sync_client=True) as client:
        for deployment, (flow, lease) in leases_of.items():
            dead = [run for run in _under_way(client, flow, deployment) if _since(run) < begun_before]
            if dead and not is_held(leases, lease, wall_clock):
                for run in dead:
                    said: State[Any] = Crashed(message="The process of this run was killed.")
                    client.set_flow_run_state(run.id, said, force=True)
                ended += len(dead)
    return ended


def keep_ending_dead_runs(leases_of: Mapping[str, tuple[str, str]], *, alone: bool) -> None:
    """Do so now and then, beside whatever this process does. Where it is `alone` in starting runs, none that is under
    way now can be its own or about to take its lease."""

    def keep_on() -> None:
        before = wall_clock() - (timedelta() if alone else MAY_START_FOR)
        while True:
            try:
                if ended := end_dead_runs(leases_of, before):
                    _log.warning("%d flow runs whose processes were killed are ended", ended)
                before = wall_clock() + timedelta(seconds=ASK_EVERY_SECONDS) - MAY_START_FOR
            except (httpx.HTTPError, PrefectException, KeepsharpError):
                _log.exception("flow runs whose processes were killed could not be looked for; that is tried again")
            time.sleep(ASK_EVERY_SECONDS)

    threading.Thread(target=keep_on, name="dead runs", daemon=True).start()


def _under_way(client: SyncPrefectClient, flow: str, deployment: str) -> list[FlowRun]:
    return client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[deployment])),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY))),
        limit=_PAGE,
    )


def _since(run: FlowRun) -> datetime:
    """When it came into the state that it is in."""
    return run.state.timestamp if run.state is not None else wall_clock()
