"""What stands in a ledger, month by month, condensed to sums that are as exact as the entries themselves.

Sums of months can be added up without a loss: each is kept as the few numbers whose sum it is exactly, so that the sum
of a year is, to the last digit, what adding up its entries gives.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

from infra.domain.costs import COMPUTING, Basis, CostEntry, Stage, Unit
from infra.ledger.months import month_name
from infra.ledger.summing import Group, Quantities, Sum, group_of, ordered

Tallied = Literal["stage", "model", "cost_center", "owner", "month", "group"]
ENERGY: tuple[Unit, ...] = ("kwh", "kg_co2e")


class Cell(NamedTuple):
    """What entries that are added up have in common."""

    model: str
    month: str
    stage: Stage
    group: Group
    cost_center: str
    owner: str
    currency: str


@dataclass(kw_only=True, slots=True)
class Heap:
    """Entries added up; `unpriced` of them have no price."""

    amounts: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    entries: int = 0
    unpriced: int = 0


@dataclass(kw_only=True, slots=True)
class Measure:
    """How much there was of one unit, as `Quantities` has it."""

    quantity: list[float] = field(default_factory=list)
    priced: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    assumed: list[float] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class RunTally:
    """What one run took."""

    amounts: list[float] = field(default_factory=list)
    has_unpriced_computing: bool = False
    has_energy: bool = False


@dataclass(kw_only=True, slots=True)
class Tally:
    """Entries condensed. Tallies of different entries are added up by `added`."""

    first: datetime | None = None
    last: datetime | None = None
    entries: int = 0
    cells: defaultdict[Cell, Heap] = field(default_factory=lambda: defaultdict(Heap))
    units: defaultdict[Unit, Measure] = field(default_factory=lambda: defaultdict(Measure))
    days: defaultdict[tuple[date, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    runs: defaultdict[str, RunTally] = field(default_factory=lambda: defaultdict(RunTally))
    methods: set[tuple[str, Basis]] = field(default_factory=set)
    """(how energy was found, in a word whether that is a measurement)."""

    def total(self) -> dict[str, float]:
        """Everything that was spent, by currency."""
        found: dict[str, list[float]] = {cell.currency: [] for cell in sorted(self.cells, key=lambda one: one.currency)}
        for cell, heap in self.cells.items():
            found[cell.currency] += heap.amounts
        return {name: math.fsum(amounts) for name, amounts in found.items()}

    def sums(self, by: Tallied) -> list[Sum]:
        """As `infra.ledger.summing.sums_by`."""
        found: dict[tuple[str, str], Heap] = defaultdict(Heap)
        for cell, heap in self.cells.items():
            _pour(heap, found[getattr(cell, by), cell.currency])
        return ordered((_sum(name, currency, heap) for (name, currency), heap in found.items()), by)

    def quantities(self) -> dict[Unit, Quantities]:
        """How much there was of each unit that occurs."""
        return {
            unit: Quantities(
                unit=unit,
                quantity=math.fsum(one.quantity),
                priced=math.fsum(one.priced),
                low=math.fsum(one.low),
                high=math.fsum(one.high),
                assumed=math.fsum(one.assumed),
            )
            for unit, one in self.units.items()
        }

    def daily(self, currency: str) -> dict[date, float]:
        """What each day (UTC, event time) cost in one currency."""
        return {day: math.fsum(amounts) for (day, paid_in), amounts in self.days.items() if paid_in == currency}

    def run_costs(self) -> dict[str, float]:
        """Of the runs whose cost is known."""
        return {name: math.fsum(run.amounts) for name, run in self.runs.items() if not run.has_unpriced_computing}


def tally_of(entries: Iterable[CostEntry]) -> Tally:
    """Condense them; each list holds no more numbers afterwards than its sum needs to be exact."""
    found = Tally()
    for entry in entries:
        found.first = entry.at if found.first is None else min(found.first, entry.at)
        found.last = entry.at if found.last is None else max(found.last, entry.at)
        found.entries += 1
        _count(entry, found)
    _condense(found)
    return found


def added(tallies: Sequence[Tally]) -> Tally:
    """All of them together; an entry must be in one of them alone."""
    whole = Tally(
        first=min((one.first for one in tallies if one.first is not None), default=None),
        last=max((one.last for one in tallies if one.last is not None), default=None),
        entries=sum(one.entries for one in tallies),
    )
    for one in tallies:
        for cell, heap in one.cells.items():
            _pour(heap, whole.cells[cell])
        for unit, measure in one.units.items():
            into = whole.units[unit]
            for name in Measure.__slots__:
                getattr(into, name).extend(getattr(measure, name))
        for day, amounts in one.days.items():
            whole.days[day] += amounts
        for name, run in one.runs.items():
            known = whole.runs[name]
            known.amounts += run.amounts
            known.has_unpriced_computing |= run.has_unpriced_computing
            known.has_energy |= run.has_energy
        whole.methods |= one.methods
    return whole


def exactly(numbers: Sequence[float]) -> list[float]:
    """At most a few numbers with the same sum, to the last bit.

    >>> exactly([0.1] * 10)
    [1.0, 5.551115123125783e-17]
    """
    if len(numbers) <= 1:
        return list(numbers)
    found: list[float] = []
    while rest := math.fsum([*numbers, *(-one for one in found)]):
        found.append(rest)
    return found


def _count(entry: CostEntry, found: Tally) -> None:
    at = entry.at.astimezone(UTC)
    heap = found.cells[
        Cell(
            model=entry.model,
            month=month_name(at),
            stage=entry.stage,
            group=group_of(entry),
            cost_center=entry.cost_center,
            owner=entry.owner,
            currency=entry.currency,
        )
    ]
    heap.entries += 1
    heap.unpriced += entry.is_unpriced
    if entry.unit == "cpu_second":
        heap.cpu_seconds.append(entry.quantity)
    unit = found.units[entry.unit]
    unit.quantity.append(entry.quantity)
    unit.low.append(entry.quantity if entry.low is None else entry.low)
    unit.high.append(entry.quantity if entry.high is None else entry.high)
    if entry.basis == "assumed":
        unit.assumed.append(entry.quantity)
    if entry.amount is not None:
        heap.amounts.append(entry.amount)
        unit.priced.append(entry.quantity)
        found.days[at.date(), entry.currency].append(entry.amount)
    if entry.unit in ENERGY:
        found.methods.add((entry.measured, entry.basis))
    if entry.run_id is not None:
        run = found.runs[entry.run_id]
        run.amounts += [] if entry.amount is None else [entry.amount]
        run.has_unpriced_computing |= entry.unit in COMPUTING and entry.is_unpriced
        run.has_energy |= entry.unit == "kwh"


def _condense(tally: Tally) -> None:
    for heap in tally.cells.values():
        heap.amounts, heap.cpu_seconds = exactly(heap.amounts), exactly(heap.cpu_seconds)
    for measure in tally.units.values():
        for name in Measure.__slots__:
            setattr(measure, name, exactly(getattr(measure, name)))
    for day, amounts in tally.days.items():
        tally.days[day] = exactly(amounts)
    for run in tally.runs.values():
        run.amounts = exactly(run.amounts)


def _pour(heap: Heap, into: Heap) -> None:
    into.amounts += heap.amounts
    into.cpu_seconds += heap.cpu_seconds
    into.entries += heap.entries
    into.unpriced += heap.unpriced


def _sum(name: str, currency: str, heap: Heap) -> Sum:
    return Sum(
        name=name,
        amount=math.fsum(heap.amounts),
        currency=currency,
        entries=heap.entries,
        unpriced=heap.unpriced,
        cpu_seconds=math.fsum(heap.cpu_seconds),
    )
