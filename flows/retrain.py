"""Retrain one model: gather -> train -> judge -> promote or reject, once, under its lease. No orchestrator here.

A first training takes the same road, with a labelled history instead of fresh labels and no champion to beat.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from flows.attempt import Attempt, train_and_judge
from flows.desk import Desk
from flows.examples import Examples
from flows.metering import checkpointing, run_meter, spent_on
from flows.ordering import How, Order, first_order, fresh_order
from flows.recording import Outcome
from infra.domain.alerts import Trigger, TriggerState
from infra.domain.decisions import TrainingRun
from infra.domain.errors import DataError, Refused, TrainingFailed, Unavailable
from infra.model.schema import ColumnKind
from infra.ports import Lease

__all__ = ["How", "Outcome", "retrain", "train_first"]

LEASE_SECONDS = 900.0
_ANSWERED: tuple[TriggerState, ...] = ("done", "failed", "refused")


def train_first(desk: Desk, history: Examples, kinds: dict[str, ColumnKind], *, now: datetime) -> Outcome:
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
    return _under_lease(desk, trigger, lambda: first_order(desk, history, kinds), now)


def retrain(
    desk: Desk, trigger: Trigger, *, now: datetime, how: How = "warm", others: Sequence[Trigger] = ()
) -> Outcome:
    """Answer a trigger: train on the labels known at `now`, judge, and promote or reject.

    `others` wait as well, and are answered by the same run.

    Raises:
        Refused: another training of this model holds the lease, or has answered the trigger meanwhile.
        DataError, TrainingFailed: as in `train_first`.
        Unavailable: something outside did not answer; the trigger waits on for another try.
    """
    return _under_lease(desk, trigger, lambda: fresh_order(desk, trigger, now, how), now, others)


def _under_lease(
    desk: Desk, trigger: Trigger, order: Callable[[], Order], now: datetime, others: Sequence[Trigger] = ()
) -> Outcome:
    ports, holder = desk.ports, f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    lease = ports.leases.acquire(desk.spec.model, holder, desk.clock(), LEASE_SECONDS)
    try:
        _require_waiting(desk, trigger)
        ports.triggers.save(replace(trigger, state="accepted"))
        outcome = _run(desk, trigger, order, lease, now)
        ports.triggers.save(replace(trigger, state="done"))
        for other in others:
            ports.triggers.save(
                replace(other, state="done", reason=f"{other.reason} (answered by run {outcome.run.id})")
            )
        return outcome
    except (Refused, Unavailable):
        raise  # nothing is wrong with the training asked for: the trigger stays as it is
    except Exception:
        ports.triggers.save(replace(trigger, state="failed"))
        raise
    finally:
        ports.leases.release(lease)


def _require_waiting(desk: Desk, trigger: Trigger) -> None:
    """Under the lease, so that of several who saw a trigger waiting one alone answers it."""
    for state in _ANSWERED:
        if any(one.id == trigger.id for one in desk.ports.triggers.in_state(desk.spec.model, state)):
            raise Refused(f"trigger {trigger.id} of {desk.spec.model} is {state} by now: there is nothing left to do")


def _run(desk: Desk, trigger: Trigger, order: Callable[[], Order], lease: Lease, now: datetime) -> Outcome:
    """One run in the tracker and in our database; a failed one is recorded with what it cost."""
    run = TrainingRun(
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
    desk.ports.runs.save(run)
    meter = run_meter(desk, run)
    try:
        with (
            meter.stage("register"),  # whatever no other stage takes
            desk.ports.tracking.run(desk.spec.model, f"{desk.spec.model} {now:%Y-%m-%d %H:%M}") as tracked,
        ):
            run = replace(run, mlflow_run_id=tracked.id)
            metered = replace(desk, on_epoch=checkpointing(desk.on_epoch, meter))
            attempt = Attempt(desk=metered, trigger=trigger, lease=lease, meter=meter, tracked=tracked)
            outcome = train_and_judge(attempt, run, order)
    except Exception as problem:
        state: Literal["failed", "crashed"] = "failed" if isinstance(problem, DataError | TrainingFailed) else "crashed"
        meter.checkpoint()
        begun = replace(desk.ports.runs.get(run.id), mlflow_run_id=run.mlflow_run_id)
        desk.ports.runs.save(replace(begun, state=state, message=str(problem), metrics=spent_on(desk, run.id)))
        raise
    meter.checkpoint()
    spent = spent_on(desk, run.id)
    done = replace(outcome.run, metrics={**(outcome.run.metrics or {}), **spent})
    desk.ports.runs.save(done)
    return replace(outcome, run=done, cpu_seconds=spent["cpu_seconds"], cost=spent["cost"])
