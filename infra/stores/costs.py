"""Cost entries in the database. Knows no rate and no budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select

from infra.domain.costs import COMPUTING, CostEntry
from infra.ledger.months import changed, month_name
from infra.stores.records import to_row
from infra.stores.rows import chunks, inserting, keep_first, records
from infra.tables import cost_months, costs
from infra.transactions import reading, writing

Rows = list[dict[str, Any]]


class SqlCosts:
    """The port `Costs` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, entries: Iterable[CostEntry]) -> None:
        self._write(entries, lambda connection, rows: keep_first(connection, costs, ["id"], rows))

    def meter(self, entries: Iterable[CostEntry]) -> None:
        def replace_smaller(connection: Connection, rows: Rows) -> None:
            insert = inserting(connection, costs)
            later = {name: insert.excluded[name] for name in rows[0] if name != "id"}
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["id"], set_=later, where=insert.excluded.quantity > costs.c.quantity
                ),
                rows,
            )

        self._write(entries, replace_smaller)

    def accrue(self, entries: Iterable[CostEntry]) -> None:
        def add_up(connection: Connection, rows: Rows) -> None:
            insert = inserting(connection, costs)
            sums = {name: costs.c[name] + insert.excluded[name] for name in ("quantity", "amount", "wall_seconds")}
            connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=sums), rows)

        self._write(entries, add_up)

    def _write(self, entries: Iterable[CostEntry], put: Callable[[Connection, Rows], object]) -> None:
        found = list(entries)
        if found:
            with writing(self._engine) as connection:
                _note_changes(connection, found)
                put(connection, [to_row(entry) for entry in found])

    def page(self, model: str | None, limit: int, offset: int = 0) -> list[CostEntry]:
        query = select(costs) if model is None else select(costs).where(costs.c.model == model)
        return self._found(query.order_by(costs.c.at.desc(), costs.c.arrival.desc()).limit(limit).offset(offset))

    def of_run(self, run_id: str) -> list[CostEntry]:
        return self._found(select(costs).where(costs.c.run_id == run_id).order_by(costs.c.arrival))

    def within(self, start: datetime, end: datetime, model: str | None = None) -> list[CostEntry]:
        query = select(costs).where(costs.c.at >= start, costs.c.at < end)
        if model is not None:
            query = query.where(costs.c.model == model)
        return self._found(query.order_by(costs.c.at, costs.c.arrival))

    def changes(self, model: str | None = None) -> dict[tuple[str, str], int]:
        kept = cost_months.c
        query = select(kept.model, kept.month, kept.changes)
        if model is not None:
            query = query.where(kept.model == model)
        with reading(self._engine) as connection:
            return {(row.model, row.month): row.changes for row in connection.execute(query)}

    def total(
        self,
        model: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        cost_center: str | None = None,
        currency: str | None = None,
    ) -> float:
        query = select(func.coalesce(func.sum(costs.c.amount), 0.0))
        for column, value in ((costs.c.model, model), (costs.c.cost_center, cost_center), (costs.c.currency, currency)):
            if value is not None:
                query = query.where(column == value)
        if start is not None:
            query = query.where(costs.c.at >= start)
        if end is not None:
            query = query.where(costs.c.at < end)
        with reading(self._engine) as connection:
            return float(connection.execute(query).scalar_one())

    def by_model(self, start: datetime, end: datetime, cost_center: str) -> dict[str, float]:
        query = (
            select(costs.c.model, func.coalesce(func.sum(costs.c.amount), 0.0))
            .where(costs.c.cost_center == cost_center, costs.c.at >= start, costs.c.at < end)
            .group_by(costs.c.model)
        )
        with reading(self._engine) as connection:
            return {str(model): float(amount) for model, amount in connection.execute(query)}

    def is_whole(self, model: str, start: datetime, end: datetime) -> bool:
        query = select(costs.c.id).where(
            costs.c.model == model,
            costs.c.at >= start,
            costs.c.at < end,
            costs.c.unit.in_(COMPUTING),
            costs.c.amount.is_(None),
        )
        with reading(self._engine) as connection:
            return connection.execute(query.limit(1)).first() is None

    def _found(self, query: Select[tuple[object, ...]]) -> list[CostEntry]:
        with reading(self._engine) as connection:
            return records(connection, query, CostEntry)


def _note_changes(connection: Connection, entries: Sequence[CostEntry]) -> None:
    """Count the months that are written to, in one order, so that no two writers wait for each other.

    An entry that is there and is changed may be of another month than the one that changes it.
    """
    months = {changed(one) for one in entries}
    for ids in chunks(one.id for one in entries):
        there = connection.execute(select(costs.c.model, costs.c.at).where(costs.c.id.in_(ids)).distinct())
        months |= {(row.model, month_name(row.at)) for row in there}
    rows = [{"model": model, "month": month, "changes": 1} for model, month in sorted(months)]
    insert = inserting(connection, cost_months)
    more = {"changes": cost_months.c.changes + 1}
    connection.execute(insert.on_conflict_do_update(index_elements=["model", "month"], set_=more), rows)
