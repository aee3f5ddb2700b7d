"""Which promotions say something of the run that made the version: what it gained is the run's, and teaches the policy.

A decision always names the run that made its version. Its gain is credited to the run where keepsharp's gate chose the
version, by itself, after a trial, or with a person's approval as all that was missing. A person who forces a version,
or lets an old one serve again, chooses something else than the gate did, and at another time than the run ended: what
comes of that is the person's.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.domain.decisions import PromotionDecision
from infra.domain.objections import APPROVAL


def credited(decisions: Sequence[PromotionDecision]) -> list[PromotionDecision]:
    """The promotions among a model's decisions, newest first, that are credited to their runs; in the same order."""
    return [one for place, one in enumerate(decisions) if _is_of_the_gate(one, decisions[place + 1 :])]


def undecided(decisions: Sequence[PromotionDecision]) -> set[str]:
    """The runs whose candidates wait for labels or a person by keepsharp's own word, which is the newest about them."""
    newest: dict[int, PromotionDecision] = {}
    for one in decisions:
        newest.setdefault(one.version, one)
    waiting = (one for one in newest.values() if one.actor == "keepsharp" and lets_wait(one))
    return {one.run_id for one in waiting if one.run_id is not None}


def lets_wait(decision: PromotionDecision) -> bool:
    """Whether the candidate challenges the champion until labels, or a person, have decided about it."""
    return decision.kind == "challenge" or _lacks_approval_alone(decision)


def _is_of_the_gate(decision: PromotionDecision, before: Sequence[PromotionDecision]) -> bool:
    if decision.kind != "promote" or decision.run_id is None:
        return False
    if decision.actor == "keepsharp":
        return True
    last = next((one for one in before if one.version == decision.version), None)
    return last is not None and last.actor == "keepsharp" and _lacks_approval_alone(last)


def _lacks_approval_alone(decision: PromotionDecision) -> bool:
    return decision.kind == "reject" and {one.rule for one in decision.reasons if not one.passed} == {APPROVAL}
