"""Flow runs that Prefect calls running though their process was killed: ended, so that the next one may run.

A deployment of ours runs once at a time, and Prefect counts a dead run as that one: for ever, where its server was
restarted meanwhile and has forgotten how long the run may hold its place. Whether anybody is at the work is known from
our own leases, which say more: who holds one can be seen to be gone. Whether others start
runs is known from a lease too.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

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
from prefect.states import Crashed

from flows.desk import wall_clock
from flows.holding import Hold, held, if_free, is_held
from flows.keeping_on import keep_on
from infra.domain.errors import Refused
from infra.ports import Leases
from infra.settings import Settings
from infra.wiring import build_ports

_log = logging.getLogger(__name__)

UNDER_WAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
MAY_START_FOR = timedelta(minutes=5)
"""So long a process that another one started may take until it holds its lease."""
STARTERS = ":starters"
"""The lease of one of those that start runs, of which there may be several; no model can have this name."""
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


class Standing:
    """The lease that one of those that start runs holds: who has it as soon as they begin is the only one.

    Args:
        leases: where it is.
        began: when this process did.
        one_of_many: it is a worker of a pool, which never takes itself for the only one.
    """

    def __init__(self, leases: Leases, began: datetime, *, one_of_many: bool) -> None:
        self._leases, self._began, self._one_of_many, self._held = leases, began, one_of_many, ExitStack()
        self._hold: Hold | Refused | None = None
        self._first = True

    def take(self) -> datetime:
        """Hold the lease from now on if nobody else does; the moment before which runs that nobody is at are dead.

        Raises:
            KeepsharpError: the database did not answer.
        """
        if not isinstance(self._hold, Hold) or self._hold.lost is not None:
            self._held.close()
            self._hold = self._held.enter_context(
                if_free(held(self._leases, STARTERS, "starting", wall_clock, MAY_START_FOR.total_seconds()))
            )
        first, self._first = self._first, False
        if first and isinstance(self._hold, Hold) and not self._one_of_many:
            return self._began  # none of these runs can be another's that is about to take its lease
        return wall_clock() - MAY_START_FOR


def keep_ending_dead_runs(leases_of: Mapping[str, tuple[str, str]], *, one_of_many: bool) -> None:
    """Do so now and then, beside whatever this process does. Where others start runs too, young ones are left alone."""
    began = wall_clock()
    standing: Standing | None = None

    def end_them() -> None:
        nonlocal standing
        standing = standing or Standing(build_ports(Settings()).leases, began, one_of_many=one_of_many)
        if ended := end_dead_runs(leases_of, standing.take()):
            _log.warning("%d flow runs whose processes were killed are ended", ended)

    failed = "flow runs whose processes were killed could not be looked for; that is tried again"
    keep_on(end_them, name="dead runs", every_seconds=ASK_EVERY_SECONDS, logger=_log, failed=failed)


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
