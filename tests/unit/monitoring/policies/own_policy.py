"""A user's own policy, as `retraining.policy` may name it."""

from __future__ import annotations

from dataclasses import dataclass

from infra.spec import ModelSpec
from monitoring.policies import Situation, Verdict


@dataclass(frozen=True)
class OnMondays:
    model: str
    name: str = "on_mondays"

    def decide(self, situation: Situation) -> Verdict:
        return Verdict(retrain=True, reason=f"It is Monday for {self.model}.", evidence={})


def on_mondays(spec: ModelSpec) -> OnMondays:
    return OnMondays(model=spec.model)


def raises(spec: ModelSpec) -> OnMondays:
    raise KeyError(spec.model)


def not_a_policy(spec: ModelSpec) -> str:
    return spec.model
