"""API keys in the database. Knows no secret and no request."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine, and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from infra.domain.access import ApiKey
from infra.domain.deeds import Deed
from infra.domain.values import require_utc
from infra.stores.deeds import note
from infra.stores.records import to_row
from infra.stores.refusals import no_key, taken_key
from infra.stores.rows import records
from infra.tables import IS_VALID, api_keys
from infra.transactions import reading, writing


class SqlKeys:
    """The port `Keys` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, key: ApiKey, deed: Deed | None = None) -> None:
        row = to_row(key)
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(api_keys), row)
                note(connection, deed)
        except IntegrityError as error:
            raise taken_key(key) from error

    def all(self) -> list[ApiKey]:
        query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.arrival)
        with reading(self._engine) as connection:
            return records(connection, query, ApiKey)

    def revoke(self, name: str, at: datetime, deed: Deed | None = None) -> ApiKey:
        moment = require_utc(at, "time of revocation")
        valid = and_(api_keys.c.name == name, IS_VALID)
        with writing(self._engine) as connection:
            found = records(connection, select(api_keys).where(valid).with_for_update(), ApiKey)
            if not found:
                raise no_key(name)
            connection.execute(update(api_keys).where(valid).values(revoked_at=moment))
            note(connection, deed)
        return replace(found[0], revoked_at=moment)
