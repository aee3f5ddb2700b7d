"""What came of each promoted retraining."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, Text

from infra.columns import COUNTER, Moment
from infra.tables.naming import metadata

returns = Table(
    "returns",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("run_id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("previous_version", Integer, nullable=False),
    Column("task", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("through", Moment, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("better", BigInteger, nullable=False),
    Column("worse", BigInteger, nullable=False),
    Column("gain", Double, nullable=False),
    Column("gain_squares", Double, nullable=False),
    Column("old_loss", Double, nullable=False),
    Column("forecast_per_decision", Double),
    Column("wrong_decision", Double),
    Column("currency", Text, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Index(None, "model", "at", "arrival"),
)
