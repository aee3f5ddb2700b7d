"""What held-out rows were used for."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, Table, Text

from infra.columns import COUNTER, Moment
from infra.tables.naming import metadata

holdout_uses = Table(
    "holdout_uses",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("alpha", Double),
    Column("later", Double, nullable=False),
    Column("p_value", Double),
    Column("outcome", Text, nullable=False),
    Index(None, "model", "at", "arrival"),
)
