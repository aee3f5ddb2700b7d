"""Labels held back, labels asked for, and what the alarms gathered from them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from infra.columns import COUNTER, Json, Moment
from infra.tables.naming import metadata

quarantines = Table(
    "quarantines",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("first_place", BigInteger, nullable=False),
    Column("last_place", BigInteger, nullable=False),
    Column("source", Text),
    Column("released_at", Moment),
    Column("released_by", Text, nullable=False),
    Index(None, "model", "at", "arrival"),
)
IS_STANDING = quarantines.c.released_at.is_(None)

Index(
    "ix_quarantines_standing",
    quarantines.c.model,
    quarantines.c.at,
    quarantines.c.arrival,
    sqlite_where=IS_STANDING,
    postgresql_where=IS_STANDING,
)

audits = Table(
    "audits",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("model", Text, nullable=False),
    Column("prediction_id", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("random", Boolean, nullable=False),
    UniqueConstraint("model", "prediction_id"),
    Index(None, "model", "asked_at", "arrival"),
)

alarm_states = Table(
    "alarm_states",
    metadata,
    Column("model", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("decision_id", Text, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("detectors", Json, nullable=False),
)
