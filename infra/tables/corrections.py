"""What retrainings corrected, row by row, and the tests that corrected mistakes became."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, Table, Text, UniqueConstraint, text

from infra.columns import COUNTER, Json, Moment
from infra.tables.naming import metadata

correction_ledgers = Table(
    "correction_ledgers",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("run_id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("before", Text, nullable=False),
    Column("before_version", Integer),
    Column("parts", Json, nullable=False),
    Column("layers", Json, nullable=False),
    Column("mean_loss_before", Double),
    Column("mean_loss_after", Double),
    Column("kept", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("influence", Text, nullable=False),
    Column("tolerance", Double),
    Index(None, "model", "at", "arrival"),
)

corrected_rows = Table(
    "corrected_rows",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("model", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("time", Moment, nullable=False),
    Column("fate", Text, nullable=False),
    Column("truth", Json, nullable=False),
    Column("before", Json, nullable=False),
    Column("after", Json, nullable=False),
    Column("features", Json, nullable=False),
    Column("moved_by", Json, nullable=False),
    Column("pushers", Json, nullable=False),
    Column("saliency", Text),
)

correction_tests = Table(
    "correction_tests",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("model", Text, nullable=False),
    Column("prediction_id", Text, nullable=False),
    Column("time", Moment, nullable=False),
    Column("features", Json, nullable=False),
    Column("truth", Json, nullable=False),
    Column("tolerance", Double),
    Column("version", Integer, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_because", Text, nullable=False),
    Column("made_by", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("model", "prediction_id"),
    Index(None, "model", "added_at", "arrival"),
)
IS_ASKED = correction_tests.c.withdrawn_at.is_(None)

Index(
    "ix_correction_tests_asked",
    correction_tests.c.model,
    correction_tests.c.time,
    correction_tests.c.arrival,
    sqlite_where=IS_ASKED,
    postgresql_where=IS_ASKED,
)
