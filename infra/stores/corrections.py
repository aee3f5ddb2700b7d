"""Correction ledgers and standing tests in the database. Knows nothing of how they came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine, Select, delete, insert, select

from infra.domain.corrections import CorrectedRow, CorrectionLedger, CorrectionTest
from infra.domain.deeds import Deed
from infra.stores.deeds import note
from infra.stores.leases import refuse_fenced
from infra.stores.records import to_row
from infra.stores.refusals import no_ledger
from infra.stores.rows import keep_first, records, replace, replace_all
from infra.tables import IS_ASKED, corrected_rows, correction_ledgers, correction_tests
from infra.transactions import reading, writing

R = TypeVar("R")
_OF_A_TEST = ("model", "prediction_id")


class SqlCorrections:
    """The port `Corrections` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, ledger: CorrectionLedger, rows: Sequence[CorrectedRow], fencing_token: int | None = None) -> None:
        kept, table = [to_row(row) for row in rows], corrected_rows
        with writing(self._engine) as connection:
            refuse_fenced(connection, ledger.model, fencing_token)
            replace(connection, correction_ledgers, ["run_id"], to_row(ledger))
            connection.execute(delete(table).where(table.c.run_id == ledger.run_id))
            if kept:
                connection.execute(insert(table), kept)

    def get(self, run_id: str) -> CorrectionLedger:
        query = select(correction_ledgers).where(correction_ledgers.c.run_id == run_id)
        found = _found(self._engine, query, CorrectionLedger)
        if not found:
            raise no_ledger(run_id)
        return found[0]

    def page(self, model: str, limit: int, offset: int = 0) -> list[CorrectionLedger]:
        kept = correction_ledgers.c
        newest_first = (
            select(correction_ledgers).where(kept.model == model).order_by(kept.at.desc(), kept.arrival.desc())
        )
        return _found(self._engine, newest_first.limit(limit).offset(offset), CorrectionLedger)

    def about(self, model: str, prediction_id: str) -> list[CorrectedRow]:
        kept, ledgers = corrected_rows.c, correction_ledgers.c
        of_model = select(ledgers.run_id).where(ledgers.model == model)
        found = select(corrected_rows).where(kept.run_id.in_(of_model), kept.model == model, kept.id == prediction_id)
        in_order = found.join(correction_ledgers, ledgers.run_id == kept.run_id).order_by(ledgers.at, ledgers.arrival)
        return _found(self._engine, in_order, CorrectedRow)

    def rows(self, run_id: str, limit: int, offset: int = 0) -> list[CorrectedRow]:
        kept = corrected_rows.c
        by_place = select(corrected_rows).where(kept.run_id == run_id).order_by(kept.place)
        return _found(self._engine, by_place.limit(limit).offset(offset), CorrectedRow)


class SqlStandingTests:
    """The port `StandingTests` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, tests: Iterable[CorrectionTest], fencing_token: int | None = None) -> None:
        rows = [to_row(test) for test in tests]
        if rows:
            with writing(self._engine) as connection:
                _refuse_fenced(connection, rows, fencing_token)
                keep_first(connection, correction_tests, _OF_A_TEST, rows)

    def save(self, tests: Iterable[CorrectionTest], fencing_token: int | None = None) -> None:
        rows = [to_row(test) for test in tests]
        with writing(self._engine) as connection:
            _refuse_fenced(connection, rows, fencing_token)
            replace_all(connection, correction_tests, _OF_A_TEST, rows, besides=["made_by"], only=IS_ASKED)

    def decide(self, test: CorrectionTest, deed: Deed) -> None:
        with writing(self._engine) as connection:
            replace(connection, correction_tests, _OF_A_TEST, to_row(test))
            note(connection, deed)

    def get(self, model: str, prediction_id: str) -> CorrectionTest | None:
        kept = correction_tests.c
        query = select(correction_tests).where(kept.model == model, kept.prediction_id == prediction_id)
        return next(iter(_found(self._engine, query, CorrectionTest)), None)

    def asked(self, model: str) -> list[CorrectionTest]:
        kept = correction_tests.c
        query = select(correction_tests).where(kept.model == model, IS_ASKED).order_by(kept.time, kept.arrival)
        return _found(self._engine, query, CorrectionTest)

    def page(self, model: str, limit: int, offset: int = 0) -> list[CorrectionTest]:
        kept = correction_tests.c
        query = select(correction_tests).where(kept.model == model)
        last_first = query.order_by(kept.added_at.desc(), kept.arrival.desc())
        return _found(self._engine, last_first.limit(limit).offset(offset), CorrectionTest)


def _refuse_fenced(connection: Connection, rows: Sequence[Mapping[str, object]], token: int | None) -> None:
    for model in sorted({str(row["model"]) for row in rows}):
        refuse_fenced(connection, model, token)


def _found(engine: Engine, query: Select[tuple[object, ...]], kind: type[R]) -> list[R]:
    with reading(engine) as connection:
        return records(connection, query, kind)
