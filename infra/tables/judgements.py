"""What was seen in the traffic: windows, alerts, and reasons to retrain."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, literal_column

from infra.columns import COUNTER, Json, Moment
from infra.tables.naming import metadata

windows = Table(
    "windows",
    metadata,
    Column("model", Text, primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("start", Moment, nullable=False),
    Column("end", Moment, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("versions", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("drift", Json),
    Column("performance", Json),
    Column("note", Text, nullable=False),
    Column("report", Text),
    Index(None, "model", "state", "index"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("dedup_key", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("message", Text, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("resolved_at", Moment),
    Column("silenced_until", Moment),
    Column("note", Text, nullable=False),
    Index(None, "model", "opened_at", "arrival"),
)
IS_UNRESOLVED = alerts.c.state != literal_column("'resolved'")

Index(
    "ix_alerts_unresolved",
    alerts.c.dedup_key,
    unique=True,
    sqlite_where=IS_UNRESOLVED,
    postgresql_where=IS_UNRESOLVED,
)

triggers = Table(
    "triggers",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("actor", Text, nullable=False),
    Index(None, "model", "at", "arrival"),
    Index(None, "model", "state", "at"),
)
