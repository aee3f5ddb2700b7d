"""What was seen in the traffic: windows, alerts and who is told of them, signs of life, reasons to retrain."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, literal_column, text

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
    Column("estimate", Json),
    Column("feedback", Json),
    Column("beside", Json),
    Index(None, "model", "state", "index"),
)

IS_UNHEARD = windows.c.feedback.is_(None)
Index(
    "ix_windows_unheard",
    windows.c.model,
    windows.c.state,
    windows.c.index,
    sqlite_where=IS_UNHEARD,
    postgresql_where=IS_UNHEARD,
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
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("runbook", Text, nullable=False, server_default=text("''")),
    Column("actions", Json, nullable=False, server_default=text("'[]'")),
    Index(None, "model", "opened_at", "arrival"),
)
IS_UNRESOLVED = alerts.c.state != literal_column("'resolved'")
"""Pending ones as well: a dedup key has at most one of either."""

Index(
    "ix_alerts_unresolved",
    alerts.c.dedup_key,
    unique=True,
    sqlite_where=IS_UNRESOLVED,
    postgresql_where=IS_UNRESOLVED,
)

notices = Table(
    "notices",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("alert_ids", Json, nullable=False),
    Column("group", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Index(None, "model", "created_at", "arrival"),
    Index(None, "created_at", "arrival"),
)
IS_UNSENT = notices.c.state == literal_column("'waiting'")

Index(
    "ix_notices_unsent",
    notices.c.created_at,
    notices.c.arrival,
    sqlite_where=IS_UNSENT,
    postgresql_where=IS_UNSENT,
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("message", Text, nullable=False),
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
