"""What was asked, answered and found true, and what others would have answered. Knows no query."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
    true,
)

from infra.columns import COUNTER, Moment
from infra.tables.naming import metadata

# The last places in the order of arrival and in that of labels that joined their predictions; a row is also the lock
# that orders the writers of its model.
sequences = Table(
    "sequences",
    metadata,
    Column("model", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("joined", BigInteger, nullable=False, server_default=text("0")),
)

predictions = Table(
    "predictions",
    metadata,
    Column("model", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("time", Moment, nullable=False),
    Column("features", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("probabilities", Text),
    Column("confidence", Double),
    Column("unknown_categories", Text),
    Column("abstained", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("model", "id"),
    Index(None, "model", "time", "seq"),
)

labels = Table(
    "labels",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("model", Text, nullable=False),
    Column("prediction_id", Text, nullable=False),
    Column("number", Integer, nullable=False),  # 1 for the first label of a prediction
    Column("value", Text, nullable=False),
    Column("time", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("is_current", Boolean, nullable=False),
    Column("is_waiting", Boolean, nullable=False),  # its prediction has not arrived
    Column("place", BigInteger),  # in the order of joining; NULL while it waits
    UniqueConstraint("model", "prediction_id", "number"),
    Index(None, "model", "place", unique=True),
)
IS_CURRENT = labels.c.is_current == true()
IS_WAITING = labels.c.is_waiting == true()
IS_CORRECTION = labels.c.number > literal_column("1")
"""Queries that use a partial index must say its condition in the same words, or SQLite passes the index over."""

Index(
    "ix_labels_current",
    labels.c.model,
    labels.c.prediction_id,
    unique=True,
    sqlite_where=IS_CURRENT,
    postgresql_where=IS_CURRENT,
)
Index(
    "ix_labels_waiting",
    labels.c.model,
    labels.c.prediction_id,
    sqlite_where=IS_WAITING,
    postgresql_where=IS_WAITING,
)
Index(
    "ix_labels_corrections",
    labels.c.model,
    labels.c.arrival,
    sqlite_where=IS_CORRECTION,
    postgresql_where=IS_CORRECTION,
)

shadow_answers = Table(
    "shadow_answers",
    metadata,
    Column("model", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("prediction_id", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("probabilities", Text),
    Column("confidence", Double),
)
