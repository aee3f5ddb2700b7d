"""One row for each spend."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Table, Text

from infra.columns import COUNTER, Moment
from infra.tables.naming import metadata

costs = Table(
    "costs",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("run_id", Text, index=True),
    Column("stage", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("quantity", Double, nullable=False),
    Column("unit", Text, nullable=False),
    Column("rate", Double, nullable=False),
    Column("amount", Double, nullable=False),
    Column("currency", Text, nullable=False),
    Column("cost_center", Text, nullable=False),
    Column("wall_seconds", Double, nullable=False),
    Column("measured", Text, nullable=False),
    Index(None, "model", "at", "arrival"),
    Index(None, "at", "arrival"),
)
