"""The Prefect flow that works off the trainings that wait, of all models: one after the other, longest waiting first.

It is started where a look finds that one waits, and beside the looks, which it does not hold up. Several lanes of it
share the queue: each takes the next model that nobody trains.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from prefect import flow, get_run_logger
from prefect.deployments import run_deployment
from prefect.runtime import deployment

from flows.desk import wall_clock
from flows.holding import held, if_free, is_held
from flows.one_by_one import require_all
from flows.retrain_flow import retrain_flow
from flows.rounds import waiting
from flows.turns import lane, longest_waiting_first
from flows.workplace import open_desk
from infra.domain.errors import KeepsharpError, Refused
from infra.settings import Settings
from infra.wiring import build_ports

TRAININGS = ":trainings"
"""The lease of whoever works off the queue; no model can have this name."""
QUEUE = "what-waits"
"""The deployment that does."""
TAKEN = "trained by another"


@flow(name="trainings")
def trainings_flow(number: int = 1, models: list[str] | None = None, now: datetime | None = None) -> dict[str, str]:
    """Answer what waits of `models` (all registered ones when None) until nothing does that was not tried.

    Returns each model's decision in a word; nothing while another process is at this lane. One that cannot be trained
    keeps no other from its turn; it fails the run at the end.
    """
    leases = build_ports(Settings()).leases
    with if_free(held(leases, lane(TRAININGS, number), "trainings", wall_clock)) as hold:
        if isinstance(hold, Refused):
            get_run_logger().info("another process trains what waits: %s", hold)
            return {}
        return _work_off(models, now)


def _work_off(models: list[str] | None, now: datetime | None) -> dict[str, str]:
    outcome: dict[str, str] = {}
    failures: dict[str, str] = {}
    while left := who_waits(models, {*outcome, *failures}, failures):
        for name in left:
            word = retrain_flow(name, now=now or wall_clock(), return_state=True).result(raise_on_failure=False)
            if isinstance(word, Refused):
                get_run_logger().info("%s: %s", name, word)
                outcome[name] = TAKEN
            elif isinstance(word, Exception):
                failures[name] = str(word)
            else:
                outcome[name] = word
    require_all([f"{name}: {problem}" for name, problem in failures.items()], "could not be trained")
    return outcome


def who_waits(models: list[str] | None, tried: Set[str], failures: dict[str, str]) -> list[str]:
    """Those of `models` (all registered ones when None) that wait and were not tried, longest waiting first.

    What is wrong with a model that cannot be opened goes into `failures`: it keeps no other from its turn.
    """
    names = [one.name for one in build_ports(Settings()).models.all()] if models is None else models
    since = {}
    for name in names:
        if name in tried:
            continue
        try:
            since[name] = waiting(open_desk(name))
        except KeepsharpError as error:
            failures[name] = str(error)
    return longest_waiting_first(since)


def is_deployed() -> bool:
    """Whether this run was started for a deployment, so that others can be."""
    return deployment.id is not None


def ask_for_trainings(most: int) -> None:
    """Have the queue worked off elsewhere, in so many lanes at most of those that nobody is at."""
    leases, numbers = build_ports(Settings()).leases, range(1, Settings().trainings_at_once + 1)
    free = [number for number in numbers if not is_held(leases, lane(TRAININGS, number), wall_clock)]
    for number in free[:most]:
        run_deployment(f"trainings/{lane(QUEUE, number)}", timeout=0, as_subflow=False)
