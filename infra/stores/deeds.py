"""The chained record in the database. Knows nothing of what a deed means."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, insert, select, update

from infra.domain.deeds import BEGINNING, Deed, Head, Link, link_after
from infra.stores.records import from_row, to_row
from infra.stores.rows import chunks, keep_first, records
from infra.tables import deed_heads, deeds
from infra.transactions import reading, writing


class SqlDeeds:
    """The port `Deeds` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, deed: Deed) -> Link:
        with writing(self._engine) as connection:
            return chain(connection, deed)

    def head(self, model: str) -> Head:
        with reading(self._engine) as connection:
            found = records(connection, _head_of(model), Head)
        return found[0] if found else BEGINNING

    def after(self, model: str, place: int, limit: int) -> list[Link]:
        later = select(deeds).where(deeds.c.model == model, deeds.c.place > place)
        with reading(self._engine) as connection:
            return [_to_link(row) for row in connection.execute(later.order_by(deeds.c.place).limit(limit))]

    def page(self, model: str, limit: int, offset: int = 0) -> list[Link]:
        newest_first = select(deeds).where(deeds.c.model == model).order_by(deeds.c.place.desc())
        with reading(self._engine) as connection:
            return [_to_link(row) for row in connection.execute(newest_first.limit(limit).offset(offset))]

    def about(self, model: str, subjects: list[str]) -> dict[str, Link]:
        found: dict[str, Link] = {}
        with reading(self._engine) as connection:
            for some in chunks(subjects):
                named = select(deeds).where(deeds.c.model == model, deeds.c.subject.in_(some))
                for row in connection.execute(named.order_by(deeds.c.place)):
                    found[row.subject] = _to_link(row)
        return found

    def models(self) -> list[str]:
        with reading(self._engine) as connection:
            return sorted(connection.scalars(select(deed_heads.c.model)))


def note(connection: Connection, deed: Deed | None) -> None:
    """Put the deed on record when there is one."""
    if deed is not None:
        chain(connection, deed)


def chain(connection: Connection, deed: Deed) -> Link:
    """Put the deed behind the last link of its model, as part of the transaction.

    The row of the head is locked until the transaction ends, so that no two links follow the same one.
    """
    link = link_after(lock_chain(connection, deed.model), deed)
    row = {**to_row(deed), "place": link.place, "previous_hash": link.previous_hash, "hash": link.hash}
    connection.execute(insert(deeds), row)
    of_model = deed_heads.c.model == deed.model
    connection.execute(update(deed_heads).where(of_model).values(place=link.place, hash=link.hash))
    return link


def lock_chain(connection: Connection, model: str) -> Head:
    """Become the one writer of the model's chain until the transaction ends; where it ends now."""
    beginning = {"model": model, "place": BEGINNING.place, "hash": BEGINNING.hash}
    keep_first(connection, deed_heads, ["model"], [beginning])
    return records(connection, _head_of(model).with_for_update(), Head)[0]


def _head_of(model: str) -> Select[tuple[Any, ...]]:
    return select(deed_heads.c.place, deed_heads.c.hash).where(deed_heads.c.model == model)


def _to_link(row: Row[tuple[object, ...]]) -> Link:
    values = {str(name): value for name, value in row._mapping.items()}
    return Link(place=row.place, deed=from_row(Deed, values), previous_hash=row.previous_hash, hash=row.hash)
