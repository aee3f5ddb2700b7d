"""The policy `degradation`: retrain while the accuracy alarm stands. It does not weigh what that costs."""

from __future__ import annotations

from dataclasses import dataclass

from infra.domain.alerts import Alert
from infra.spec import ModelSpec
from monitoring.policies.policy import Verdict, choose_how
from monitoring.policies.situation import Situation
from monitoring.rules import ACCURACY_DEGRADED


@dataclass(frozen=True, kw_only=True, slots=True)
class Degradation:
    """Retrains when an unresolved accuracy alert was last kept up by rows that came after the last retraining.

    An alert that only older rows speak for is what that retraining was for, and asks for no second one.
    """

    spec: ModelSpec
    name: str = "degradation"

    def decide(self, situation: Situation) -> Verdict:
        standing = [
            alert
            for alert in situation.alerts
            if alert.rule == ACCURACY_DEGRADED and alert.state != "resolved" and _seq(alert) > situation.trained_seq
        ]
        if not standing:
            reason = "No accuracy alert stands on rows since the last retraining."
            return Verdict(retrain=False, reason=reason, evidence={"trained_seq": situation.trained_seq})
        alert = standing[-1]
        return Verdict(
            retrain=True, reason=alert.message, evidence=alert.evidence, how=choose_how(situation, self.spec)
        )


def _seq(alert: Alert) -> int:
    seq = alert.evidence.get("last_seq")
    return seq if isinstance(seq, int) else 0
