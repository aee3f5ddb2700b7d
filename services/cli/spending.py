"""Cost entries added up: by stage, run, month or cost centre, never over two currencies."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from infra.domain.costs import CostEntry, amount_of

if TYPE_CHECKING:
    from infra.ports import Ports
    from infra.spec import ModelSpec

By = Literal["stage", "run", "month", "cost-center"]
_PAGE = 1000
_KEYS: Mapping[By, Callable[[CostEntry], str]] = {
    "stage": lambda entry: entry.stage,
    "run": lambda entry: entry.run_id or "no run",
    "month": lambda entry: f"{entry.at.astimezone(UTC):%Y-%m}",
    "cost-center": lambda entry: entry.cost_center,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """What was spent on one thing, in one currency."""

    name: str
    amount: float
    currency: str
    entries: int


def entries_of(ports: Ports, model: str | None) -> Iterator[CostEntry]:
    """Every entry, newest first; of all models when None."""
    offset = 0
    while page := ports.costs.page(model, _PAGE, offset):
        yield from page
        offset += len(page)


def sums_by(entries: Iterable[CostEntry], by: By) -> list[Sum]:
    """One sum for each thing and currency: months in their order, everything else dearest first."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for entry in entries:
        found[_KEYS[by](entry), entry.currency].append(entry.amount or 0.0)
    sums = [
        Sum(name=name, amount=math.fsum(amounts), currency=currency, entries=len(amounts))
        for (name, currency), amounts in found.items()
    ]
    return sorted(sums, key=lambda one: (one.name if by == "month" else "", -one.amount, one.name))


def totals(entries: Sequence[CostEntry]) -> dict[str, float]:
    """Everything that was spent, by currency."""
    currencies = sorted({entry.currency for entry in entries})
    return {name: amount_of(one for one in entries if one.currency == name) for name in currencies}


def money(amount: float, currency: str, beside: float | None = None) -> str:
    """An amount as a person reads it: cents, and below one of them as many places as it takes to show two digits.

    `beside` is the amount it stands below or above in a column, whose places it takes.

    >>> money(12.3456, "USD"), money(0.000123456, "EUR"), money(0.0, "USD"), money(0.0000012, "USD", beside=0.0034)
    ('12.35 USD', '0.00012 EUR', '0.00 USD', '0.0000 USD')
    """
    size = abs(amount if beside is None else beside)
    places = min(12, 1 - math.floor(math.log10(size))) if 0 < size < 1 else 2
    return f"{amount:,.{places}f} {currency}"


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
    """What one calendar month (UTC, event time) cost, and what its budget has left; None without a budget."""

    name: str
    spent: float
    currency: str
    budget: float | None
    left: float | None


def latest_month(ports: Ports, spec: ModelSpec) -> Month | None:
    """The month of the model's newest event; None when nothing happened yet."""
    from flows.costing import month_of

    at = latest_event(ports, spec.model)
    if at is None:
        return None
    spent = ports.costs.total(spec.model, *month_of(at))
    budget = spec.budget.monthly if spec.budget else None
    left = None if budget is None else budget - spent
    return Month(name=f"{at:%Y-%m}", spent=spent, currency=spec.costs.currency, budget=budget, left=left)


def budget_line(model: str, month: Month) -> str:
    """What the month cost, and what its budget has left."""
    spent = f"{model}: {money(month.spent, month.currency)} in {month.name}"
    if month.budget is None or month.left is None:
        return f"{spent}, no budget"
    return f"{spent}, {money(month.left, month.currency)} of {money(month.budget, month.currency)} left"
