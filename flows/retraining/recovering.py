"""Runs whose process was killed: marked with what they had cost, or finished where only their end was missing.

Whoever holds a model's lease knows that nobody else works on it, so that a run called running is none. A killed run
whose trigger waits is taken up again by `flows.retraining.retrain`, from its checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.desk import Desk
from flows.holding import Hold, holding
from flows.ledger.metering import spent_on
from flows.trial.following import follow_later
from flows.trial.succession import finish_succession
from infra.domain.alerts import Trigger
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.domain.errors import Refused, TrainingFailed

RECENT = 200
CRASHES = "crashes"
"""The figure of a run that says how often its process was killed."""
MOST_CRASHES = 3
_BY_ITSELF = ("promote", "reject", "challenge")


def recover(desk: Desk) -> None:
    """Look after killed runs now, unless somebody is at work on the model."""
    if not _running(desk) and not _first_ones(desk) and not _answered(desk):
        return
    try:
        with holding(desk, "recover") as hold:
            close_killed(desk, hold)
    except Refused:
        return  # a run that is called running has a living holder


def close_killed(desk: Desk, hold: Hold) -> None:
    """Under the lease: no run is called running afterwards."""
    for run in _running(desk):
        decision = decision_of(desk, run)
        if decision is None:
            _mark_crashed(desk, run, hold)
        else:
            _finish(desk, run, decision, hold)
        if run.mlflow_run_id is not None:
            desk.ports.tracking.abandon(desk.spec.model, run.mlflow_run_id)
    for trigger, run in _answered(desk):
        end_answered(desk, trigger, run, hold.token)
    for trigger in _first_ones(desk):
        text = f"{trigger.reason} (its process was killed: run `keepsharp train` again)"
        desk.ports.triggers.save(replace(trigger, state="failed", reason=text), fencing_token=hold.token)
    finish_succession(desk, hold.token)


def taken_up(desk: Desk, trigger_id: str) -> TrainingRun | None:
    """The killed run that answers the trigger, if any, to be gone on with.

    Raises:
        TrainingFailed: its process was killed too often.
    """
    runs = desk.ports.runs.page(desk.spec.model, RECENT)
    crashed = [run for run in runs if run.trigger_id == trigger_id and run.state == "crashed"]
    if not crashed or decision_of(desk, crashed[0]) is not None:
        return None
    times = int((crashed[0].metrics or {}).get(CRASHES, 0))
    if times >= MOST_CRASHES:
        raise TrainingFailed(
            f"the process of run {crashed[0].id} was killed {times} times and it is not tried again: look whether the "
            "machine has enough memory for it, then ask for a retraining"
        )
    return crashed[0]


def run_that_answered(desk: Desk, trigger: Trigger) -> TrainingRun | None:
    """The run that came to a decision for the trigger, if any did."""
    runs = desk.ports.runs.page(desk.spec.model, RECENT)
    return next((run for run in runs if run.trigger_id == trigger.id and decision_of(desk, run) is not None), None)


def end_answered(desk: Desk, trigger: Trigger, run: TrainingRun, token: int, others: Sequence[Trigger] = ()) -> None:
    """The trigger is done, and with it the `others` and whatever waits and asks for no labels later than the run had.

    The trigger itself comes last, so that a process that is killed before it is found to have more to end.

    Raises:
        Refused: the lease that the token belongs to has been taken over.
    """
    known = {one.id for one in others}
    for one in desk.ports.triggers.in_state(desk.spec.model, "accepted"):
        if one.id != trigger.id and (one.id in known or one.at <= run.at):
            text = f"{one.reason} (answered by run {run.id})"
            desk.ports.triggers.save(replace(one, state="done", reason=text), fencing_token=token)
    desk.ports.triggers.save(replace(trigger, state="done"), fencing_token=token)


def decision_of(desk: Desk, run: TrainingRun) -> PromotionDecision | None:
    """What was decided about the run's candidate at its end; None when it did not come to that."""
    decided = desk.ports.decisions.page(desk.spec.model, RECENT)
    return next((one for one in decided if one.run_id == run.id and one.kind in _BY_ITSELF), None)


def finished(desk: Desk, run: TrainingRun, decision: PromotionDecision) -> TrainingRun:
    """The run as its decision left it, with what it had cost until now."""
    figures = {**(run.metrics or {}), **spent_on(desk, run.id)}
    return replace(run, state="succeeded", version=decision.version, metrics=figures, message=decision.summary)


def _running(desk: Desk) -> list[TrainingRun]:
    return [run for run in desk.ports.runs.page(desk.spec.model, RECENT) if run.state == "running"]


def _answered(desk: Desk) -> list[tuple[Trigger, TrainingRun]]:
    """Triggers that still wait though a run that has ended, or ends now, came to its decision for them."""
    waiting = desk.ports.triggers.in_state(desk.spec.model, "accepted")
    found = [(trigger, run_that_answered(desk, trigger)) for trigger in waiting]
    return [(trigger, run) for trigger, run in found if run is not None]


def _first_ones(desk: Desk) -> list[Trigger]:
    """First trainings under way: a person begins them, so nobody takes them up again."""
    return [one for one in desk.ports.triggers.in_state(desk.spec.model, "accepted") if one.source == "first"]


def _mark_crashed(desk: Desk, run: TrainingRun, hold: Hold) -> None:
    figures = dict(run.metrics or {})
    figures |= {**spent_on(desk, run.id), CRASHES: figures.get(CRASHES, 0) + 1}
    message = f"Its process was killed after {figures['cpu_seconds']:.2f} CPU seconds that were measured."
    desk.ports.runs.save(replace(run, state="crashed", message=message, metrics=figures), hold.token)


def _finish(desk: Desk, run: TrainingRun, decision: PromotionDecision, hold: Hold) -> None:
    """The decision stands; its process was killed before it had done all that follows, and said so."""
    undone, done = follow_later(desk, decision, hold.token), finished(desk, run, decision)
    desk.ports.runs.save(replace(done, message=done.message + undone), hold.token)
