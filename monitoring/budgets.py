"""Budgets that bind: what a run is forecast to cost against what the month has left, and how much of it is gone.

It gathers nothing: the purses are handed in. Amounts of one purse are in one currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from infra.domain.alerts import Evidence, Severity
from infra.domain.costs import WhenExceeded
from infra.spec.budgets import CenterBudget
from monitoring.rules import Breach, Judgement

BUDGET = "budget"
NEAR, SPENT = 0.8, 1.0
"""Shares of a budget at which somebody is told."""
_STRICTEST: tuple[WhenExceeded, ...] = ("defer", "approve", "alert")
_OUTCOMES: dict[WhenExceeded, Literal["go", "hold", "refuse"]] = {"defer": "refuse", "approve": "hold", "alert": "go"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Purse:
    """What one month holds for a model or a cost centre. `spent` is what was spent of it so far."""

    key: str
    """`model` or `cost_center`: which figures these are."""
    owner: str
    """Whose budget it is, as a sentence names it: `weather`, `cost centre trading`."""
    month: str
    cap: float
    spent: float
    currency: str
    when_exceeded: WhenExceeded

    @property
    def left(self) -> float:
        return self.cap - self.spent

    def has_room(self, forecast: float) -> bool:
        """Whether a run forecast at so much fits; an empty purse has room for nothing."""
        return self.left > 0.0 and forecast <= self.left


def center_purse(name: str, budget: CenterBudget, month: datetime, spent: float) -> Purse:
    """What a cost centre's budget holds in the month that begins then, of which so much was spent."""
    return Purse(
        key="cost_center",
        owner=f"cost centre {name}",
        month=f"{month:%Y-%m}",
        cap=budget.monthly,
        spent=spent,
        currency=budget.currency,
        when_exceeded=budget.when_exceeded,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetVerdict:
    """Whether a run may go ahead: it may, it waits for a named person's approval, or it is refused until next month."""

    outcome: Literal["go", "hold", "refuse"]
    over: tuple[Purse, ...]
    """The purses that it would exceed."""
    text: str
    evidence: Evidence


def decide_budget(purses: Sequence[Purse], forecast: float | None) -> BudgetVerdict:
    """Hold a run, forecast at so much (None: unknown, so that only an empty purse objects), against every purse.

    Of several that it would exceed, the strictest decides: `defer` before `approve` before `alert`.
    """
    over = tuple(purse for purse in purses if not purse.has_room(forecast or 0.0))
    if not over:
        return BudgetVerdict(outcome="go", over=(), text="", evidence={})
    strictest = min((purse.when_exceeded for purse in over), key=_STRICTEST.index)
    pairs = [(f"budget_{name}", value) for name, value in (("figure", forecast or 0.0), ("limit", over[0].left))]
    pairs += [(f"{purse.key}_left", purse.left) for purse in over]
    return BudgetVerdict(
        outcome=_OUTCOMES[strictest],
        over=over,
        text=" ".join([*(_sentence(purse, forecast) for purse in over), _REMEDIES[strictest]]),
        evidence=dict(pairs),
    )


def is_near(purse: Purse) -> bool:
    """Whether 80 % of it is gone; of a purse that holds nothing, whether anything was spent."""
    return purse.spent >= NEAR * purse.cap if purse.cap else purse.spent > 0.0


def judge_budgets(purses: Sequence[Purse], model: str) -> Judgement:
    """An alert for each purse of which 80 % is gone, critical when nothing is left."""
    breaches = tuple(_breach(purse, model) for purse in purses if is_near(purse))
    return Judgement(breaches=breaches, judged=frozenset({BUDGET}))


def judge_overrun(verdict: BudgetVerdict, model: str) -> Judgement:
    """The alert that a run goes ahead although it is forecast to exceed a budget which only alerts."""
    breaches = tuple(_breach(purse, model, verdict.text) for purse in verdict.over)
    return Judgement(breaches=breaches, judged=frozenset({BUDGET}))


_REMEDIES: dict[WhenExceeded, str] = {
    "defer": "It waits for the next month, or for a larger budget.",
    "approve": "A named person may approve it: `keepsharp approve`.",
    "alert": "It goes ahead all the same, as the budget says.",
}


def _sentence(purse: Purse, forecast: float | None) -> str:
    said = "of unknown cost" if forecast is None else f"forecast at {forecast:.4g} {purse.currency}"
    left = f"{max(purse.left, 0.0):.4g} {purse.currency}"
    return (
        f"A retraining is {said}, and {left} of this month's {purse.cap:g} {purse.currency} for {purse.owner} are left."
    )


def _breach(purse: Purse, model: str, said: str = "") -> Breach:
    share = purse.spent / purse.cap if purse.cap else float("inf")
    severity: Severity = "critical" if share >= SPENT else "warning"
    words = f"{share:.0%}" if purse.cap else "more than all"
    message = said or (
        f"{words} of the budget of {purse.owner} for {purse.month} is spent: {purse.spent:.4g} of {purse.cap:g} "
        f"{purse.currency}."
    )
    evidence: dict[str, float | int | str | None] = {
        "month": purse.month,
        "spent": purse.spent,
        "cap": purse.cap,
        "currency": purse.currency,
        "when_exceeded": purse.when_exceeded,
    }
    key = f"{model}:{BUDGET}" if purse.key == "model" else f"{model}:{BUDGET}:{purse.owner}"
    return Breach(rule=BUDGET, severity=severity, dedup_key=key, message=message, evidence=evidence)
