"""Retrain one model: gather -> train -> judge -> promote or reject, once, under its lease. No orchestrator here.

A first training takes the same road, with a labelled history instead of fresh labels and no champion to beat.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Literal

from flows.desk import Desk
from flows.holding import Hold, holding
from flows.ledger.energizing import energy_of_run
from flows.ledger.metering import checkpointing, run_meter, spent_on
from flows.notifying import close_answered
from flows.retraining.attempt import Attempt, train_and_judge
from flows.retraining.recording import Outcome
from flows.retraining.recovering import (
    CRASHES,
    close_killed,
    decision_of,
    end_answered,
    finished,
    run_that_answered,
    taken_up,
)
from flows.retraining.retrying import RETRAINING_FAILED, put_off, tell_failed
from flows.rows.ordering import How, Order, first_order, fresh_order
from flows.training.examples import Examples
from flows.training.fitting import Epoch
from flows.trial.following import follow_later
from infra.domain.alerts import Trigger, TriggerState
from infra.domain.decisions import TrainingRun
from infra.domain.errors import DataError, NotFound, Refused, TrainingFailed, Unavailable
from infra.history.filed import FiledHistory
from infra.model.schema import ColumnKind
from infra.ports import TrackedRun

__all__ = ["How", "Outcome", "retrain", "train_first"]

_ANSWERED: tuple[TriggerState, ...] = ("done", "failed", "refused")


def train_first(
    desk: Desk, history: Examples | FiledHistory, kinds: dict[str, ColumnKind], *, now: datetime
) -> Outcome:
    """Train and promote the first champion on a labelled history in time order.

    Raises:
        Refused: another training of this model holds the lease.
        DataError, TrainingFailed: the history cannot be learnt from; the failed run and its cost are kept.
    """
    trigger = Trigger(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=now,
        source="first",
        state="accepted",
        reason=f"first training on {len(history)} labelled rows",
        policy="first",
        evidence={"rows": len(history)},
    )
    return _under_lease(desk, trigger, lambda _: first_order(desk, history, kinds), now)


def retrain(
    desk: Desk, trigger: Trigger, *, now: datetime, how: How = "warm", others: Sequence[Trigger] = ()
) -> Outcome:
    """Answer a trigger: train on the labels known at `now`, judge, and promote or reject.

    `others` wait as well, and are answered by the same run.

    Raises:
        Refused: another training of this model holds the lease, or has answered the trigger meanwhile.
        DataError, TrainingFailed: as in `train_first`.
        Unavailable: something outside did not answer; the trigger waits on for another try
            (`flows.retraining.retrying`), or TrainingFailed: for none.
    """
    return _under_lease(desk, trigger, lambda at: fresh_order(desk, trigger, at, how), now, others)


def _under_lease(
    desk: Desk, trigger: Trigger, order: Callable[[datetime], Order], now: datetime, others: Sequence[Trigger] = ()
) -> Outcome:
    ports = desk.ports
    with holding(desk, "retrain") as hold:
        close_killed(desk, hold)
        _require_waiting(desk, trigger)
        try:
            ports.triggers.save(replace(trigger, state="accepted"), fencing_token=hold.token)
            outcome = _run(desk, trigger, order, hold, now)
        except Exception as problem:
            with suppress(Refused):  # taken over meanwhile: the trigger is the new holder's
                _keep_waiting_or_end(desk, trigger, problem, hold, now)
            raise
        close_answered(desk, {RETRAINING_FAILED}, f"run {outcome.run.id} came to its end", at=outcome.run.at)
        end_answered(desk, trigger, outcome.run, hold.token, others if outcome.run.at == now else ())
        return outcome


def _keep_waiting_or_end(desk: Desk, trigger: Trigger, problem: Exception, hold: Hold, now: datetime) -> None:
    """The trigger of a training that went wrong: it is done where a decision was made, which nothing can undo."""
    if run_that_answered(desk, trigger) is not None:
        desk.ports.triggers.save(replace(trigger, state="done"), fencing_token=hold.token)
    elif isinstance(problem, Unavailable) and trigger.source != "first":
        put_off(desk, trigger, problem, hold.token, now=now)
    elif not isinstance(problem, Refused | Unavailable):  # those leave it waiting: nothing is wrong with it
        failed = replace(trigger, state="failed")
        desk.ports.triggers.save(failed, fencing_token=hold.token)
        if isinstance(problem, TrainingFailed) and trigger.source != "first":
            tell_failed(desk, failed, str(problem), now=now)


def _require_waiting(desk: Desk, trigger: Trigger) -> None:
    """Under the lease, so that of several who saw a trigger waiting one alone answers it."""
    try:
        state = desk.ports.triggers.get(trigger.id).state
    except NotFound:
        return  # a first training, whose trigger nobody saw before
    if state in _ANSWERED:
        raise Refused(f"trigger {trigger.id} of {desk.spec.model} is {state} by now: there is nothing left to do")


def _run(desk: Desk, trigger: Trigger, order: Callable[[datetime], Order], hold: Hold, now: datetime) -> Outcome:
    """One run in the tracker and in our database, or a killed one gone on with; one that fails keeps its cost."""
    run = taken_up(desk, trigger.id) or _new_run(desk, trigger, now)
    resumed = run.mlflow_run_id if run.state == "crashed" else None
    run = replace(run, state="running", message="", mlflow_run_id=None)
    desk.ports.runs.save(run, hold.token)
    meter, tracked = run_meter(desk, run), None
    try:
        with (
            meter.stage("register"),  # whatever no other stage takes
            energy_of_run(desk, run, meter),
            desk.ports.tracking.run(desk.spec.model, f"{desk.spec.model} {run.at:%Y-%m-%d %H:%M}") as tracked,
        ):
            tracked.tags({"keepsharp.run_id": run.id, **({"keepsharp.resumes": resumed} if resumed else {})})
            metered = replace(desk, on_epoch=_held(checkpointing(desk.on_epoch, meter), hold))
            attempt = Attempt(desk=metered, trigger=trigger, lease=hold.lease, meter=meter, tracked=tracked)
            outcome = train_and_judge(attempt, run, lambda: order(run.at))
    except Exception as problem:
        meter.checkpoint()
        with suppress(Refused):  # taken over meanwhile: the run is the new holder's
            ended = _ended(desk, replace(run, mlflow_run_id=_tracker_id(tracked)), problem, hold)
            desk.ports.runs.save(ended, hold.token)
        raise
    meter.checkpoint()
    spent = spent_on(desk, run.id)
    killed = {name: value for name, value in (run.metrics or {}).items() if name == CRASHES}
    figures = {**killed, **(outcome.run.metrics or {}), **spent}
    done = replace(outcome.run, metrics=figures, mlflow_run_id=_tracker_id(tracked))
    desk.ports.runs.save(done, hold.token)
    return replace(outcome, run=done, cpu_seconds=spent["cpu_seconds"], cost=spent.get("cost"))


def _new_run(desk: Desk, trigger: Trigger, now: datetime) -> TrainingRun:
    return TrainingRun(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=now,
        trigger_id=trigger.id,
        state="running",
        start="unknown",
        rows=0,
        snapshot="",
        seed=desk.spec.learner.seed,
        data_start=None,
        data_end=None,
    )


def _ended(desk: Desk, run: TrainingRun, problem: Exception, hold: Hold) -> TrainingRun:
    """The run as it is kept when something went wrong: also after its decision, which stands all the same."""
    begun = replace(desk.ports.runs.get(run.id), mlflow_run_id=run.mlflow_run_id)
    decision = decision_of(desk, run)
    if decision is not None:
        undone = follow_later(desk, decision, hold.token)  # where that is away, the run is finished at the next look
        done = finished(desk, begun, decision)
        return replace(done, message=f"{done.message} Note: what follows a decision was cut short ({problem}).{undone}")
    state: Literal["failed", "crashed"] = "failed" if isinstance(problem, DataError | TrainingFailed) else "crashed"
    figures = {**(begun.metrics or {}), **spent_on(desk, run.id)}
    return replace(begun, state=state, message=str(problem), metrics=figures)


def _held(on_epoch: Callable[[Epoch], None], hold: Hold) -> Callable[[Epoch], None]:
    """Told of each epoch, and stopped there when the lease was taken over."""

    def told(epoch: Epoch) -> None:
        hold.require()
        on_epoch(epoch)

    return told


def _tracker_id(tracked: TrackedRun | None) -> str | None:
    """The tracker's own id, which it tells once it has heard of the run; None while it is away."""
    return None if tracked is None else tracked.id
