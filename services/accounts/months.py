"""What was spent, in words and months: over the sums of `infra.ledger.summing`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from infra.display.wording import money

if TYPE_CHECKING:
    from infra.ports import Ports
    from infra.spec import ModelSpec


def latest_event(ports: Ports, model: str) -> datetime | None:
    """The newest moment that anything of the model belongs to, in event time; None when nothing happened yet."""
    span, champion = ports.predictions.time_range(model), ports.versions.champion(model)
    newest = ports.costs.page(model, 1)
    moments = [span[1]] if span else []
    moments += [champion.since] if champion else []
    moments += [entry.at for entry in newest]
    return max(moments, default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """What one calendar month (UTC, event time) cost, and what its budget has left; None without a budget.

    `spent` is None where computing had no price, since what is known is not the whole; so is then what is left.
    """

    name: str
    spent: float | None
    currency: str
    budget: float | None
    left: float | None


def latest_month(ports: Ports, spec: ModelSpec) -> Month | None:
    """The month of the model's newest event; None when nothing happened yet."""
    from infra.ledger.months import month_of

    at = latest_event(ports, spec.model)
    if at is None:
        return None
    month, currency = month_of(at), spec.costs.currency
    whole = ports.costs.is_whole(spec.model, *month)
    spent = ports.costs.total(spec.model, *month, currency=currency) if whole else None
    budget = spec.budget.monthly if spec.budget else None
    left = None if budget is None or spent is None else budget - spent
    return Month(name=f"{at:%Y-%m}", spent=spent, currency=currency, budget=budget, left=left)


def budget_line(model: str, month: Month) -> str:
    """What the month cost, and what its budget has left."""
    if month.spent is None:
        return f"{model}: unknown in {month.name}, since computing has no price (`costs: {{cpu_hour: …}}` gives it one)"
    spent = f"{model}: {money(month.spent, month.currency)} in {month.name}"
    if month.budget is None or month.left is None:
        return f"{spent}, no budget"
    if month.left < 0:
        return f"{spent}, {money(-month.left, month.currency)} over its budget of {money(month.budget, month.currency)}"
    return f"{spent}, {money(month.left, month.currency)} of {money(month.budget, month.currency)} left"
