"""What follows a run's decision: the challenger's post, the tests that a new champion stands at, the alerts it answers.

The decision is on record before any of it, so that a process may be killed at each step. Every step bears being done
again: `flows.retraining.recovering` begins anew with the first one.
"""

from __future__ import annotations

import logging

from flows.corrections.correcting import settle
from flows.desk import Desk
from flows.notifying import ANSWERED_BY_RETRAINING, note_deed
from flows.trial.appointing import appoint_challenger
from flows.trial.crediting import lets_wait
from flows.trial.succession import close_forced, close_replaced, newest_word
from infra.domain.decisions import PromotionDecision
from infra.domain.errors import Refused, Unavailable

_log = logging.getLogger(__name__)


def follow_decision(desk: Desk, decision: PromotionDecision, token: int, *, later: bool = False) -> None:
    """Do what the decision about a run's candidate began, under the lease of this token.

    `later` says that its own process was killed: what happened since the decision is left alone.

    Raises:
        Refused: the lease was taken over.
    """
    candidate = desk.ports.versions.get(desk.spec.model, decision.version)
    if decision.kind == "promote":
        champion = desk.ports.versions.champion(desk.spec.model)
        if champion is not None and champion.decision_id == decision.id:
            if not later:  # `flows.trial.mirroring` tells a registry that was not told
                desk.ports.registry.alias_champion(desk.spec.model, candidate.version)
            close_replaced(desk, decision, later=later)
            close_forced(desk, champion)
            settle(desk, candidate, decision.at, token)
        return
    what = "answers in shadow" if decision.kind == "challenge" else "was rejected"
    text = f"version {candidate.version} was trained, and {what}"
    note_deed(desk, ANSWERED_BY_RETRAINING, text, at=decision.at)
    if lets_wait(decision) and newest_word(desk, candidate.version) == decision:
        appoint_challenger(desk, candidate, token)


def follow_later(desk: Desk, decision: PromotionDecision, token: int) -> str:
    """As `follow_decision`, after the process that decided was stopped; what could not be done, in words.

    Raises:
        Refused: the lease was taken over.
        Unavailable: something did not answer, and has to be asked again.
    """
    try:
        follow_decision(desk, decision, token, later=True)
    except (Refused, Unavailable):
        raise
    except Exception as problem:  # noqa: BLE001  the decision stands whatever it is, and nobody may be kept from looking
        _log.exception("what follows decision %s about %s cannot be done", decision.id, decision.model)
        return f" Note: what follows the decision cannot be done: {problem}."
    return ""
