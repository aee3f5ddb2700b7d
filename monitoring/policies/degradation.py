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

    An alert that only older rows speak for is what that retraining was for, and asks for no second one. An alarm that
    was raised by labels of a window not yet measured waits for it: there are the rows to be learnt from.
    """

    spec: ModelSpec
    name: str = "degradation"
    needs: tuple[str, ...] = ("alarm",)

    def decide(self, situation: Situation) -> Verdict:
        measured = max((one.last_seq for one in situation.windows if one.performance is not None), default=0)
        standing = [
            alert
            for alert in situation.alerts
            if alert.rule == ACCURACY_DEGRADED and alert.state != "resolved"
            if situation.trained_seq < _seq(alert) <= measured
        ]
        if not standing:
            reason = "No accuracy alert stands on measured rows since the last retraining."
            return Verdict(retrain=False, reason=reason, evidence={"trained_seq": situation.trained_seq})
        alert = standing[-1]
        return Verdict(
            retrain=True, reason=alert.message, evidence=alert.evidence, how=choose_how(situation, self.spec)
        )


def _seq(alert: Alert) -> int:
    seq = alert.evidence.get("last_seq")
    return seq if isinstance(seq, int) else 0
