"""A promotion against the verdict is told, as an alert that stands until the version has proved itself or is gone."""

from __future__ import annotations

from infra.domain.alerts import Evidence
from infra.domain.decisions import PromotionDecision
from infra.domain.objections import FORCED
from monitoring.breaches import breach_of
from monitoring.rules import Judgement

PROMOTION_FORCED = "promotion_forced"


def judge_forced(decision: PromotionDecision) -> Judgement:
    """The breach that a forced promotion is; nothing for any other decision."""
    forced = [reason for reason in decision.reasons if reason.rule == FORCED]
    if not forced:
        return Judgement()
    message = f"Version {decision.version} serves by force. {decision.summary}"
    evidence: Evidence = {"version": decision.version, "decision": decision.id, "actor": decision.actor}
    breach = breach_of(PROMOTION_FORCED, "warning", decision.model, message, evidence)
    return Judgement(breaches=(breach,), judged=frozenset({PROMOTION_FORCED}))
