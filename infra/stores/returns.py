"""What came of retrainings, in the database. It computes nothing."""

from __future__ import annotations

from sqlalchemy import Engine, select

from infra.domain.returns import Return
from infra.stores.records import to_row
from infra.stores.rows import records, replace
from infra.tables import returns
from infra.transactions import reading, writing


class SqlReturns:
    """The port `Returns` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, record: Return) -> None:
        with writing(self._engine) as connection:
            replace(connection, returns, ["run_id"], to_row(record))

    def page(self, model: str, limit: int, offset: int = 0) -> list[Return]:
        query = select(returns).where(returns.c.model == model)
        query = query.order_by(returns.c.at.desc(), returns.c.arrival.desc()).limit(limit).offset(offset)
        with reading(self._engine) as connection:
            return records(connection, query, Return)
