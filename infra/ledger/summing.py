"""Cost entries added up: by stage, run, model, payer, owner or month, never over two currencies.

What has no price is counted beside the amounts, never as 0.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from infra.domain.costs import CostEntry, Stage, Unit, amount_of
from infra.ledger.months import month_name, month_named
from infra.ports import Ports

By = Literal["stage", "run", "model", "cost_center", "owner", "month", "group"]
Group = Literal["training", "monitoring", "serving", "labels", "staff", "storage"]
GROUPS: Mapping[Stage, Group] = {
    "monitor": "monitoring",
    "report": "monitoring",
    "serve": "serving",
    "shadow": "serving",
    "label": "labels",
    "review": "staff",
    "storage": "storage",
}
"""What a manager calls each stage; every other one is training."""
NO_RUN = "no run"
_KEYS: Mapping[By, Callable[[CostEntry], str]] = {
    "stage": lambda entry: entry.stage,
    "run": lambda entry: entry.run_id or NO_RUN,
    "model": lambda entry: entry.model,
    "cost_center": lambda entry: entry.cost_center,
    "owner": lambda entry: entry.owner,
    "month": lambda entry: month_name(entry.at),
    "group": lambda entry: group_of(entry),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """What was spent on one thing, in one currency. `unpriced` of its entries have no price, and are not in it."""

    name: str
    amount: float
    currency: str
    entries: int
    unpriced: int
    cpu_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantities:
    """How much there was of one unit, how much of that has a price, and the least and most it may be."""

    unit: Unit
    quantity: float
    priced: float
    low: float
    high: float
    assumed: float
    """As much of it as nobody measured, and the model file says."""


def entries_of(ports: Ports, model: str | None) -> Iterator[CostEntry]:
    """Every entry, newest first; of all models when None."""
    for month in sorted({month for _, month in ports.costs.changes(model)}, reverse=True):
        yield from reversed(ports.costs.within(*month_named(month), model))


def group_of(entry: CostEntry) -> Group:
    """What a manager calls it."""
    return "staff" if entry.unit in ("staff_minute", "act") else GROUPS.get(entry.stage, "training")


def sums_by(entries: Iterable[CostEntry], by: By) -> list[Sum]:
    """One sum for each thing and currency: months in their order, everything else dearest first."""
    found: dict[tuple[str, str], list[CostEntry]] = defaultdict(list)
    for entry in entries:
        found[_KEYS[by](entry), entry.currency].append(entry)
    sums = [
        Sum(
            name=name,
            amount=amount_of(parts),
            currency=currency,
            entries=len(parts),
            unpriced=sum(part.is_unpriced for part in parts),
            cpu_seconds=math.fsum(part.quantity for part in parts if part.unit == "cpu_second"),
        )
        for (name, currency), parts in found.items()
    ]
    return ordered(sums, by)


def ordered(sums: Iterable[Sum], by: By) -> list[Sum]:
    """Months in their order, everything else dearest first."""
    return sorted(sums, key=lambda one: (one.name if by == "month" else "", -one.amount, -one.cpu_seconds, one.name))


def totals(entries: Sequence[CostEntry]) -> dict[str, float]:
    """Everything that was spent, by currency."""
    currencies = sorted({entry.currency for entry in entries})
    return {name: amount_of(one for one in entries if one.currency == name) for name in currencies}


def quantities(entries: Iterable[CostEntry]) -> dict[Unit, Quantities]:
    """How much there was of each unit that occurs."""
    found: dict[Unit, list[CostEntry]] = defaultdict(list)
    for entry in entries:
        found[entry.unit].append(entry)
    return {unit: _together(unit, parts) for unit, parts in found.items()}


def _together(unit: Unit, parts: Sequence[CostEntry]) -> Quantities:
    return Quantities(
        unit=unit,
        quantity=math.fsum(part.quantity for part in parts),
        priced=math.fsum(part.quantity for part in parts if part.amount is not None),
        low=math.fsum(part.quantity if part.low is None else part.low for part in parts),
        high=math.fsum(part.quantity if part.high is None else part.high for part in parts),
        assumed=math.fsum(part.quantity for part in parts if part.basis == "assumed"),
    )
