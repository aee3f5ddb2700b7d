"""The ledger of held-out rows in the database. Knows nothing of how a use came about."""

from __future__ import annotations

from sqlalchemy import Engine, select

from infra.domain.holdouts import HoldoutUse
from infra.stores.leases import refuse_fenced
from infra.stores.records import kept, to_row
from infra.stores.refusals import second_use
from infra.stores.rows import keep_first, records
from infra.tables import holdout_uses
from infra.transactions import reading, writing


class SqlHoldoutUses:
    """The port `HoldoutUses` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, use: HoldoutUse, fencing_token: int | None = None) -> None:
        with writing(self._engine) as connection:
            refuse_fenced(connection, use.model, fencing_token)
            keep_first(connection, holdout_uses, ["id"], [to_row(use)])
            query = select(holdout_uses).where(holdout_uses.c.id == use.id)
            if records(connection, query, HoldoutUse)[0] != kept(use):
                raise second_use(use)

    def page(self, model: str, limit: int, offset: int = 0) -> list[HoldoutUse]:
        query = select(holdout_uses).where(holdout_uses.c.model == model)
        newest_first = query.order_by(holdout_uses.c.at.desc(), holdout_uses.c.arrival.desc())
        with reading(self._engine) as connection:
            return records(connection, newest_first.limit(limit).offset(offset), HoldoutUse)
