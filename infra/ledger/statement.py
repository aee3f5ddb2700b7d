"""Everything a cost report tells, gathered from the ledger: sums, months, outlook, quantities, profit and loss.

The terminal, the page, the API and CSV all print this one statement, so that they cannot disagree.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from infra.domain.costs import CostEntry, Unit
from infra.domain.returns import Return
from infra.ledger.summing import Quantities, Sum
from infra.ledger.tallies import Tally
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


def statement_of(ports: Ports, model: str | None, tally: Tally) -> Statement:
    """Gather it around the tally of all entries of the model, or of all models."""
    models = [model] if model is not None else [one.name for one in ports.models.all()]
    return Statement(
        model=model,
        first=tally.first,
        last=tally.last,
        entries=tally.entries,
        total=tally.total(),
        by_group=tuple(tally.sums("group")),
        by_stage=tuple(tally.sums("stage")),
        by_month=tuple(tally.sums("month")),
        by_model=tuple(tally.sums("model")),
        by_cost_center=tuple(tally.sums("cost_center")),
        by_owner=tuple(tally.sums("owner")),
        quantities=tally.quantities(),
        runs=len(tally.runs),
        runs_with_energy=sum(run.has_energy for run in tally.runs.values()),
        returns=tuple(one for name in models for one in ports.returns.page(name, MANY)),
        run_costs=tally.run_costs(),
    )


def daily(entries: Sequence[CostEntry], currency: str) -> dict[date, float]:
    """What each day (UTC, event time) cost in one currency."""
    found: dict[date, list[float]] = defaultdict(list)
    for entry in entries:
        if entry.currency == currency and entry.amount is not None:
            found[entry.at.astimezone(UTC).date()].append(entry.amount)
    return {day: math.fsum(amounts) for day, amounts in found.items()}
