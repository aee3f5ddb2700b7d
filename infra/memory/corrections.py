"""In-memory correction ledgers and standing tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from infra.domain.corrections import CorrectedRow, CorrectionLedger, CorrectionTest
from infra.domain.deeds import Deed
from infra.memory.deeds import MemoryDeeds
from infra.memory.shelf import Shelf
from infra.memory.versions import Court
from infra.stores.records import kept
from infra.stores.refusals import no_ledger


class MemoryCorrections:
    """The port `Corrections`."""

    def __init__(self, court: Court) -> None:
        self._ledgers: Shelf[CorrectionLedger] = Shelf()
        self._rows: Shelf[CorrectedRow] = Shelf()
        self._court = court

    def save(self, ledger: CorrectionLedger, rows: Sequence[CorrectedRow], fencing_token: int | None = None) -> None:
        whole = [kept(row) for row in rows]  # all are looked at before any is kept
        with self._court.lock, self._rows.lock:
            self._court.refuse_fenced(ledger.model, fencing_token)
            for old in self._rows.all(lambda row: row.run_id == ledger.run_id):
                self._rows.remove((old.run_id, old.place))
            for row in whole:
                self._rows.put((row.run_id, row.place), row)
            self._ledgers.put(ledger.run_id, ledger)

    def get(self, run_id: str) -> CorrectionLedger:
        found = self._ledgers.get(run_id)
        if found is None:
            raise no_ledger(run_id)
        return found

    def page(self, model: str, limit: int, offset: int = 0) -> list[CorrectionLedger]:
        newest_first = self._ledgers.newest_first(attrgetter("at"), lambda ledger: ledger.model == model)
        return newest_first[offset : offset + limit]

    def about(self, model: str, prediction_id: str) -> list[CorrectedRow]:
        runs = self._ledgers.oldest_first(attrgetter("at"), lambda ledger: ledger.model == model)
        of_one = {row.run_id: row for row in self._rows.all(lambda row: (row.model, row.id) == (model, prediction_id))}
        return [of_one[ledger.run_id] for ledger in runs if ledger.run_id in of_one]

    def rows(self, run_id: str, limit: int, offset: int = 0) -> list[CorrectedRow]:
        found = self._rows.all(lambda row: row.run_id == run_id)
        return sorted(found, key=attrgetter("place"))[offset : offset + limit]


class MemoryStandingTests:
    """The port `StandingTests`."""

    def __init__(self, court: Court, deeds: MemoryDeeds | None = None) -> None:
        self._deeds = deeds or MemoryDeeds()
        self._shelf: Shelf[CorrectionTest] = Shelf()
        self._court = court

    def add(self, tests: Iterable[CorrectionTest], fencing_token: int | None = None) -> None:
        with self._court.lock:
            for test in self._allowed(tests, fencing_token):
                self._shelf.put_new((test.model, test.prediction_id), test)

    def save(self, tests: Iterable[CorrectionTest], fencing_token: int | None = None) -> None:
        with self._court.lock:
            for test in self._allowed(tests, fencing_token):
                known = self.get(test.model, test.prediction_id)
                if known is None or known.withdrawn_at is None:
                    made_by = test.made_by if known is None else known.made_by
                    self._shelf.put((test.model, test.prediction_id), replace(test, made_by=made_by))

    def decide(self, test: CorrectionTest, deed: Deed) -> None:
        with self._court.lock:
            self._shelf.put((test.model, test.prediction_id), test)
            self._deeds.note(deed)

    def get(self, model: str, prediction_id: str) -> CorrectionTest | None:
        return self._shelf.get((model, prediction_id))

    def asked(self, model: str) -> list[CorrectionTest]:
        return self._shelf.oldest_first(
            attrgetter("time"), lambda test: test.model == model and test.withdrawn_at is None
        )

    def page(self, model: str, limit: int, offset: int = 0) -> list[CorrectionTest]:
        last_first = self._shelf.newest_first(attrgetter("added_at"), lambda test: test.model == model)
        return last_first[offset : offset + limit]

    def _allowed(self, tests: Iterable[CorrectionTest], fencing_token: int | None) -> list[CorrectionTest]:
        given = list(tests)
        for model in sorted({test.model for test in given}):
            self._court.refuse_fenced(model, fencing_token)
        return given
