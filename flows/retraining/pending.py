"""Triggers that wait for an answer: however many there are, one retraining answers them all."""

from __future__ import annotations

from datetime import datetime

from flows.asking.bringing_back import bring_back
from flows.asking.considering import weigh_wish
from flows.desk import Desk
from flows.retraining.recovering import recover
from flows.retraining.retrain import How, Outcome, retrain
from flows.retraining.retrying import due
from flows.rows.origins import BRING_BACK


def answer_pending(desk: Desk, *, now: datetime) -> Outcome | None:
    """Retrain for the oldest accepted trigger, and mark the others as answered by the same run.

    Wishes that are only requested are weighed first. None when no trigger waits, or each of them for its next try.
    Errors are those of `retrain`.
    """
    recover(desk)
    triggers = desk.ports.triggers
    for wish in triggers.in_state(desk.spec.model, "requested"):
        weigh_wish(desk, wish, now=now)
    _bring_back_left(desk)
    ready, waiting = due(desk), triggers.in_state(desk.spec.model, "accepted")
    if not ready:
        return None
    cause, others = ready[0], [one for one in waiting if one.id != ready[0].id and one.source != "first"]
    how: How = "scratch" if any(one.evidence.get("how") == "scratch" for one in waiting) else "warm"
    return retrain(desk, cause, now=now, how=how, others=others)


def _bring_back_left(desk: Desk) -> None:
    """An earlier version that was to serve again when the process was killed: it still is, and nothing is trained."""
    for one in desk.ports.triggers.in_state(desk.spec.model, "accepted"):
        if one.evidence.get("how") == BRING_BACK:
            bring_back(desk, one, now=one.at)
