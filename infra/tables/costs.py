"""One row for each spend."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Table, Text, text

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
    Column("rate", Double),  # NULL: unpriced
    Column("amount", Double),
    Column("currency", Text, nullable=False),
    Column("cost_center", Text, nullable=False),
    Column("wall_seconds", Double, nullable=False),
    Column("measured", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("'unowned'")),
    Column("basis", Text, nullable=False, server_default=text("'measured'")),
    Column("low", Double),
    Column("high", Double),
    Index(None, "model", "at", "arrival"),
    Index(None, "at", "arrival"),
    Index(None, "cost_center", "at"),
)

cost_months = Table(
    "cost_months",
    metadata,
    Column("model", Text, primary_key=True),
    Column("month", Text, primary_key=True),  # 2026-11, UTC
    Column("changes", BigInteger, nullable=False),
)
"""How often a month of a model was written to, so that its sums are kept while nobody does."""
