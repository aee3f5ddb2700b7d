"""Everything a cost report tells, gathered from the ledger: sums, months, outlook, quantities, profit and loss.

The terminal, the page, the API and CSV all print this one statement, so that they cannot disagree.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from infra.domain.costs import CostEntry, Unit, price_of
from infra.domain.returns import Return
from infra.ledger.summing import Quantities, Sum, entries_of, quantities, sums_by, totals
from infra.ports import Ports

MANY = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What one model, or all of them, cost. Sums never mix currencies."""

    model: str | None
    first: datetime | None
    last: datetime | None
    entries: int
    total: Mapping[str, float]
    by_group: tuple[Sum, ...]
    by_stage: tuple[Sum, ...]
    by_month: tuple[Sum, ...]
    by_model: tuple[Sum, ...]
    by_cost_center: tuple[Sum, ...]
    by_owner: tuple[Sum, ...]
    quantities: Mapping[Unit, Quantities]
    runs: int
    runs_with_energy: int
    returns: tuple[Return, ...]
    """Newest first."""
    run_costs: Mapping[str, float]
    """Of the runs whose cost is known."""

    @property
    def trainings_cost(self) -> float | None:
        """What all runs cost; None where that of one of them is not known."""
        return math.fsum(self.run_costs.values()) if len(self.run_costs) == self.runs else None


def statement_of(ports: Ports, model: str | None, entries: Sequence[CostEntry] | None = None) -> Statement:
    """Gather it; `entries` are all of the model's, where they are at hand already."""
    found = list(entries_of(ports, model)) if entries is None else entries
    runs = {entry.run_id for entry in found if entry.run_id is not None}
    models = [model] if model is not None else [one.name for one in ports.models.all()]
    costs: dict[str, list[CostEntry]] = defaultdict(list)
    for entry in found:
        if entry.run_id is not None:
            costs[entry.run_id].append(entry)
    return Statement(
        model=model,
        first=min((entry.at for entry in found), default=None),
        last=max((entry.at for entry in found), default=None),
        entries=len(found),
        total=totals(found),
        by_group=tuple(sums_by(found, "group")),
        by_stage=tuple(sums_by(found, "stage")),
        by_month=tuple(sums_by(found, "month")),
        by_model=tuple(sums_by(found, "model")),
        by_cost_center=tuple(sums_by(found, "cost_center")),
        by_owner=tuple(sums_by(found, "owner")),
        quantities=quantities(found),
        runs=len(runs),
        runs_with_energy=len({entry.run_id for entry in found if entry.unit == "kwh" and entry.run_id is not None}),
        returns=tuple(one for name in models for one in ports.returns.page(name, MANY)),
        run_costs={run: cost for run, parts in costs.items() if (cost := price_of(parts)) is not None},
    )


def daily(entries: Sequence[CostEntry], currency: str) -> dict[date, float]:
    """What each day (UTC, event time) cost in one currency."""
    found: dict[date, list[float]] = defaultdict(list)
    for entry in entries:
        if entry.currency == currency and entry.amount is not None:
            found[entry.at.astimezone(UTC).date()].append(entry.amount)
    return {day: math.fsum(amounts) for day, amounts in found.items()}
