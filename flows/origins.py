"""Where a version comes from: the run that made it."""

from __future__ import annotations

from flows.desk import Desk
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
