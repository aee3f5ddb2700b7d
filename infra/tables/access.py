"""API keys, revoked ones included."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from infra.columns import COUNTER, Json, Moment
from infra.tables.naming import metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("roles", Json, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("per_minute", Integer),
)
IS_VALID = api_keys.c.revoked_at.is_(None)

Index("ix_api_keys_valid", api_keys.c.name, unique=True, sqlite_where=IS_VALID, postgresql_where=IS_VALID)
