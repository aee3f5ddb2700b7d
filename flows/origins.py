"""Where a version comes from: the run that made it, and whether that was a first training."""

from __future__ import annotations

from flows.desk import Desk
from infra.domain.alerts import Trigger, TriggerState
from infra.domain.decisions import Candidate, TrainingRun
from infra.domain.errors import NotFound


def run_of(desk: Desk, version: Candidate) -> TrainingRun | None:
    """The run that made it; None for a version that was added by hand."""
    return run_named(desk, version.run_id)


def run_named(desk: Desk, run_id: str) -> TrainingRun | None:
    """The run of this id, where there is one."""
    try:
        return desk.ports.runs.get(run_id)
    except NotFound:
        return None


def trigger_named(desk: Desk, trigger_id: str) -> Trigger | None:
    """Why a run was made, where that is on record."""
    try:
        return desk.ports.triggers.get(trigger_id)
    except NotFound:
        return None


def first_trainings(desk: Desk) -> set[str]:
    """Ids of the triggers of first trainings, by which their runs are known whatever version came of them."""
    states: tuple[TriggerState, ...] = ("accepted", "done", "failed")
    found = (one for state in states for one in desk.ports.triggers.in_state(desk.spec.model, state))
    return {one.id for one in found if one.source == "first"}
