"""Where a version comes from: the run that made it, and whether that was a first training."""

from __future__ import annotations

from flows.desk import Desk
from infra.domain.alerts import Trigger, TriggerState
from infra.domain.decisions import Candidate, Champion, TrainingRun
from infra.domain.errors import NotFound

BRING_BACK = "bring_back"  # how an earlier version came to serve again


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


def resumed_after(desk: Desk, champion: Champion) -> int:
    """The arrival after which a champion that was brought back learns on; 0 for any other.

    What lies between its own training and its return is of other worlds.
    """
    for trigger in reversed(desk.ports.triggers.in_state(desk.spec.model, "done")):
        if trigger.evidence.get("how") == BRING_BACK and trigger.evidence.get("version") == champion.version:
            return int(trigger.evidence.get("resume_after_seq") or 0) if trigger.at == champion.since else 0
    return 0
