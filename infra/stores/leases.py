"""Leases in the database: who may retrain a model. The row of a model stays for ever, so that its token only rises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine, select, update

from infra.ports import Lease
from infra.stores.leasing import Standing, check_token, decide_acquire, decide_renew
from infra.stores.predictions import lock_order
from infra.stores.records import to_row
from infra.stores.rows import records, replace
from infra.tables import leases
from infra.transactions import writing


class SqlLeases:
    """The port `Leases` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def acquire(
        self, model: str, holder: str, now: datetime, seconds: float, is_gone: Callable[[str], bool] = lambda _: False
    ) -> Lease:
        with writing(self._engine) as connection:
            lock_order(connection, model)  # there may be no lease to lock yet
            lease = decide_acquire(model, holder, now, seconds, _standing(connection, model), is_gone)
            replace(connection, leases, ["model"], to_row(lease))
        return lease

    def renew(self, lease: Lease, now: datetime, seconds: float) -> Lease:
        with writing(self._engine) as connection:
            renewed = decide_renew(lease, now, seconds, _standing(connection, lease.model))
            replace(connection, leases, ["model"], to_row(renewed))
        return renewed

    def release(self, lease: Lease) -> None:
        own = (leases.c.model == lease.model) & (leases.c.token == lease.token)
        with writing(self._engine) as connection:
            connection.execute(update(leases).where(own).values(holder=None))


def refuse_fenced(connection: Connection, model: str, token: int | None) -> None:
    """Let only the newest lease act, and keep it the newest until the transaction ends; without a token all may.

    Raises:
        Refused: the lease that the token belongs to has been taken over.
    """
    if token is not None:
        check_token(model, token, _standing(connection, model))


def _standing(connection: Connection, model: str) -> Standing | None:
    query = select(leases.c.holder, leases.c.token, leases.c.expires_at).where(leases.c.model == model)
    found = records(connection, query.with_for_update(), Standing)  # SQLite holds the one write lock already
    return found[0] if found else None
