"""In-memory training runs and what they cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from infra.domain.costs import CostEntry, amount_of, price_of
from infra.domain.decisions import TrainingRun
from infra.domain.returns import Return
from infra.ledger.months import changed
from infra.memory.shelf import Shelf
from infra.memory.versions import Court
from infra.stores.refusals import no_run


class MemoryRuns:
    """The port `Runs`."""

    def __init__(self, court: Court) -> None:
        self._shelf: Shelf[TrainingRun] = Shelf()
        self._court = court

    def save(self, run: TrainingRun, fencing_token: int | None = None) -> None:
        with self._court.lock:
            self._court.refuse_fenced(run.model, fencing_token)
            self._shelf.put(run.id, run)

    def get(self, run_id: str) -> TrainingRun:
        found = self._shelf.get(run_id)
        if found is None:
            raise no_run(run_id)
        return found

    def page(self, model: str, limit: int, offset: int = 0) -> list[TrainingRun]:
        return self._shelf.newest_first(attrgetter("at"), lambda run: run.model == model)[offset : offset + limit]


class MemoryCosts:
    """The port `Costs`."""

    def __init__(self) -> None:
        self._shelf: Shelf[CostEntry] = Shelf()
        self._changes: Counter[tuple[str, str]] = Counter()

    def add(self, entries: Iterable[CostEntry]) -> None:
        with self._shelf.lock:
            for entry in entries:
                self._shelf.put_new(entry.id, entry)
                self._changes[changed(entry)] += 1

    def meter(self, entries: Iterable[CostEntry]) -> None:
        with self._shelf.lock:
            for entry in entries:
                before = self._shelf.get(entry.id)
                if before is None or entry.quantity > before.quantity:
                    self._shelf.put(entry.id, entry)
                    self._changes.update({changed(entry), changed(before or entry)})

    def accrue(self, entries: Iterable[CostEntry]) -> None:
        with self._shelf.lock:
            for entry in entries:
                before = self._shelf.get(entry.id)
                self._shelf.put(entry.id, entry if before is None else _together(before, entry))
                self._changes[changed(before or entry)] += 1

    def changes(self, model: str | None = None) -> dict[tuple[str, str], int]:
        with self._shelf.lock:
            return {key: count for key, count in self._changes.items() if model in (None, key[0])}

    def page(self, model: str | None, limit: int, offset: int = 0) -> list[CostEntry]:
        newest_first = self._shelf.newest_first(attrgetter("at"), lambda entry: model in (None, entry.model))
        return newest_first[offset : offset + limit]

    def of_run(self, run_id: str) -> list[CostEntry]:
        return self._shelf.all(lambda entry: entry.run_id == run_id)

    def within(self, start: datetime, end: datetime, model: str | None = None) -> list[CostEntry]:
        return self._shelf.oldest_first(
            attrgetter("at"), lambda entry: model in (None, entry.model) and start <= entry.at < end
        )

    def total(
        self,
        model: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        cost_center: str | None = None,
        currency: str | None = None,
    ) -> float:
        return amount_of(
            entry
            for entry in self._shelf.all(lambda entry: model in (None, entry.model))
            if cost_center in (None, entry.cost_center)
            and currency in (None, entry.currency)
            and (start is None or entry.at >= start)
            and (end is None or entry.at < end)
        )

    def by_model(self, start: datetime, end: datetime, cost_center: str) -> dict[str, float]:
        paid = [entry for entry in self.within(start, end) if entry.cost_center == cost_center]
        return {one: amount_of(entry for entry in paid if entry.model == one) for one in {e.model for e in paid}}

    def is_whole(self, model: str, start: datetime, end: datetime) -> bool:
        return price_of(self.within(start, end, model)) is not None


class MemoryReturns:
    """The port `Returns`."""

    def __init__(self) -> None:
        self._shelf: Shelf[Return] = Shelf()

    def save(self, record: Return) -> None:
        self._shelf.put(record.run_id, record)

    def page(self, model: str, limit: int, offset: int = 0) -> list[Return]:
        return self._shelf.newest_first(attrgetter("at"), lambda one: one.model == model)[offset : offset + limit]


class MemoryStorage:
    """The port `Storage`: nothing here is on disk, so `sizes` says what each model is to weigh."""

    def __init__(self) -> None:
        self.sizes: dict[str, Mapping[str, int]] = {}

    def bytes_of(self, model: str) -> Mapping[str, int]:
        return self.sizes.get(model, {})


def _together(one: CostEntry, more: CostEntry) -> CostEntry:
    amount = None if one.amount is None or more.amount is None else one.amount + more.amount
    return replace(
        one,
        quantity=one.quantity + more.quantity,
        amount=amount,
        wall_seconds=one.wall_seconds + more.wall_seconds,
    )
