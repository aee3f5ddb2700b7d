"""The policy `drift`: retrain when the inputs of the newest window have moved. It does not look at accuracy."""

from __future__ import annotations

from dataclasses import dataclass

from infra.spec import ModelSpec
from monitoring.policies.policy import Verdict, choose_how
from monitoring.policies.situation import Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """Retrains when the share of drifted columns in the newest window since the last retraining reaches its limit."""

    spec: ModelSpec
    name: str = "drift"
    needs: tuple[str, ...] = ("drift",)

    def decide(self, situation: Situation) -> Verdict:
        reports = [(window.index, window.drift) for window in situation.windows_since if window.drift is not None]
        limit = self.spec.monitoring.drift_share
        if not reports:
            return Verdict(retrain=False, reason="No window since the last retraining was judged.", evidence={})
        index, drift = reports[-1]
        share = drift.drifted_share
        drifted = any(column.drifted for column in drift.columns if column.role != "prediction")
        return Verdict(
            retrain=drifted and share >= limit,
            reason=f"{share:.0%} of the input columns drifted in window {index}; the limit is {limit:.0%}.",
            evidence={"drifted_share": share, "limit": limit, "window": index},
            how=choose_how(situation, self.spec),
        )
