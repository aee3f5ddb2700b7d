"""A retraining that something away cut short is tried again: at once at first, then ever later, and not for ever.

What counts is kept with its trigger. Pauses run on the wall clock, since outages do.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flows.desk import Desk
from flows.notifying import raise_alerts
from infra.domain.alerts import Trigger
from infra.domain.errors import TrainingFailed, Unavailable
from monitoring.breaches import breach_of
from monitoring.rules import Judgement

RETRAINING_FAILED = "retraining_failed"
TRIES, NOT_BEFORE = "tries", "not_before"
"""Under these names a trigger's evidence says how often it was tried in vain, and when it is tried next."""
TRIES_AT_ONCE = 4
"""So many without a pause: `flows.retrain_flow` retries within a look."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)
MOST_TRIES = 13
"""With the pauses between them that is a day."""


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries in vain.

    >>> [str(pause_after(tries)) for tries in (1, 4, 5, 12)]
    ['0:00:00', '0:05:00', '0:10:00', '6:00:00']
    """
    if tries < TRIES_AT_ONCE:
        return timedelta()
    doubled: timedelta = FIRST_PAUSE * 2 ** (tries - TRIES_AT_ONCE)
    return min(doubled, LONGEST_PAUSE)


def put_off(desk: Desk, trigger: Trigger, problem: Unavailable, token: int, *, now: datetime) -> None:
    """Let the trigger wait for its next try; after the last one it has failed, and an alert at event time `now`
    says so.

    Raises:
        TrainingFailed: it is not tried again.
        Refused: the lease that the token belongs to has been taken over.
    """
    tries = int(trigger.evidence.get(TRIES) or 0) + 1
    if tries < MOST_TRIES:
        due = (desk.clock() + pause_after(tries)).isoformat()
        waiting = replace(trigger, state="accepted", evidence={**trigger.evidence, TRIES: tries, NOT_BEFORE: due})
        desk.ports.triggers.save(waiting, fencing_token=token)
        return
    said = f"It was tried {tries} times and is not tried again: {problem}"
    failed = replace(
        trigger, state="failed", reason=f"{trigger.reason} {said}", evidence={**trigger.evidence, TRIES: tries}
    )
    desk.ports.triggers.save(failed, fencing_token=token)
    tell_failed(desk, failed, said, now=now)
    raise TrainingFailed(f"the retraining of {desk.spec.model} is given up. {said}") from problem


def tell_failed(desk: Desk, trigger: Trigger, said: str, *, now: datetime) -> None:
    """The alert that a retraining which was due is not carried out; the next one that is ends it."""
    message = f"A retraining could not be carried out. {said}"
    breach = breach_of(RETRAINING_FAILED, "warning", desk.spec.model, message, {"trigger": trigger.id})
    raise_alerts(desk, Judgement(breaches=(breach,), judged=frozenset({RETRAINING_FAILED})), at=now)


def due(desk: Desk) -> list[Trigger]:
    """The accepted retrainings whose next try has come, oldest first; a first training is a person's to begin."""
    waiting = desk.ports.triggers.in_state(desk.spec.model, "accepted")
    return [one for one in waiting if one.source != "first" and _is_due(one, desk.clock())]


def _is_due(trigger: Trigger, now: datetime) -> bool:
    said = trigger.evidence.get(NOT_BEFORE)
    return not isinstance(said, str) or datetime.fromisoformat(said) <= now
