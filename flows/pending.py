"""Triggers that wait for an answer: however many there are, one retraining answers them all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flows.desk import Desk
from flows.retrain import How, Outcome, retrain


def answer_pending(desk: Desk, *, now: datetime) -> Outcome | None:
    """Retrain for the oldest accepted or requested trigger, and mark the others as answered by the same run.

    None when no trigger waits. Errors are those of `retrain`.
    """
    triggers = desk.ports.triggers
    waiting = [*triggers.in_state(desk.spec.model, "accepted"), *triggers.in_state(desk.spec.model, "requested")]
    if not waiting:
        return None
    cause, *others = waiting
    how: How = "scratch" if cause.evidence.get("how") == "scratch" else "warm"
    outcome = retrain(desk, cause, now=now, how=how)
    for other in others:
        triggers.save(replace(other, state="done", reason=f"{other.reason} (answered by run {outcome.run.id})"))
    return outcome
