"""The policy `never`: the champion stays as it is. The yardstick that every other policy is measured against."""

from __future__ import annotations

from dataclasses import dataclass

from monitoring.policies.policy import Verdict
from monitoring.policies.situation import Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Never:
    """Never retrains."""

    name: str = "never"
    needs: tuple[str, ...] = ()

    def decide(self, situation: Situation) -> Verdict:
        return Verdict(
            retrain=False, reason="The policy is `never`.", evidence={"arrivals_since": situation.arrivals_since}
        )
