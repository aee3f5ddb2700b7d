"""What stands over every policy: enough labels, a pause after the last retraining, money left.

A guard refuses with its figure and its limit, since a refusal is a decision too. It does not know which policy asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.domain.alerts import Evidence
from infra.spec import ModelSpec
from monitoring.policies.situation import Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One guard that said no, with its figure, its limit and the sentence a person reads."""

    guard: str
    figure: float
    limit: float
    text: str


def refusals(situation: Situation, spec: ModelSpec) -> tuple[Refusal, ...]:
    """Every guard that refuses a retraining now; empty when it may go ahead."""
    found = (_min_labels(situation, spec), _cool_down(situation, spec), _budget(situation, spec))
    return tuple(refusal for refusal in found if refusal is not None)


def refusal_evidence(refused: tuple[Refusal, ...]) -> Evidence:
    """The figures of refusals, flat, as a trigger keeps them."""
    pairs = [(f"{refusal.guard}_figure", refusal.figure) for refusal in refused]
    return dict(pairs + [(f"{refusal.guard}_limit", refusal.limit) for refusal in refused])


def _min_labels(situation: Situation, spec: ModelSpec) -> Refusal | None:
    have, need = situation.new_labels, spec.retraining.min_labels
    if have >= need:
        return None
    text = f"Only {have} new labels since the last retraining; {need} are needed."
    return Refusal(guard="min_labels", figure=float(have), limit=float(need), text=text)


def _cool_down(situation: Situation, spec: ModelSpec) -> Refusal | None:
    pause = spec.retraining.cool_down
    if pause is None:
        return None
    if pause.rows is not None:
        passed, needed, unit = float(situation.arrivals_since), float(pause.rows), "rows"
    else:
        assert pause.duration is not None
        passed = (situation.at - situation.trained_at).total_seconds()
        needed, unit = pause.duration.total_seconds(), "seconds"
    if passed >= needed:
        return None
    text = f"Only {passed:g} {unit} since the last retraining; the cool-down is {needed:g}."
    return Refusal(guard="cool_down", figure=passed, limit=needed, text=text)


def _budget(situation: Situation, spec: ModelSpec) -> Refusal | None:
    if spec.budget is None or situation.budget_left is None or spec.budget.when_exceeded != "defer":
        return None  # `monitoring.budgets` holds what waits for approval, and tells what is only to be told
    forecast = situation.forecast_cost or 0.0  # before the first run only an empty purse refuses
    if situation.budget_left > 0.0 and forecast <= situation.budget_left:
        return None
    currency = spec.costs.currency
    text = (
        f"A retraining is forecast at {forecast:.4f} {currency} and {situation.budget_left:.4f} {currency} of this "
        f"month's {spec.budget.monthly:g} {currency} are left: it waits for the next month."
    )
    return Refusal(guard="budget", figure=forecast, limit=situation.budget_left, text=text)
