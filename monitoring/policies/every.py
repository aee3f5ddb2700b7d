"""The policy `every`: retrain after a fixed number of rows or a fixed time, two windows unless the file says more."""

from __future__ import annotations

from dataclasses import dataclass

from infra.spec import ModelSpec, Span
from monitoring.policies.policy import Verdict, choose_how
from monitoring.policies.situation import Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Every:
    """Retrains whenever `retraining.every` has passed since the last retraining."""

    spec: ModelSpec
    name: str = "every"
    needs: tuple[str, ...] = ()

    def decide(self, situation: Situation) -> Verdict:
        period = period_of(self.spec)
        if period.rows is not None:
            passed, needed, unit = float(situation.arrivals_since), float(period.rows), "rows"
        else:
            assert period.duration is not None
            passed = (situation.at - situation.trained_at).total_seconds()
            needed, unit = period.duration.total_seconds(), "seconds"
        return Verdict(
            retrain=passed >= needed,
            reason=f"{passed:g} {unit} since the last retraining; it is due every {needed:g}.",
            evidence={f"{unit}_since": passed, f"{unit}_needed": needed},
            how=choose_how(situation, self.spec),
        )


def period_of(spec: ModelSpec) -> Span:
    """`retraining.every`, or two windows."""
    if spec.retraining.every is not None:
        return spec.retraining.every
    window = spec.monitoring.window
    return Span(
        rows=None if window.rows is None else 2 * window.rows,
        duration=None if window.duration is None else 2 * window.duration,
    )
