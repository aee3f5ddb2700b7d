"""Every table, once, for SQLite and PostgreSQL alike. Knows no query and no record.

Columns carry the names of the fields they keep. `arrival` orders rows that share a moment.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    true,
)

from infra.columns import COUNTER, Json, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


models = Table(
    "models",
    metadata,
    Column("name", Text, primary_key=True),
    Column("spec_yaml", Text, nullable=False),
    Column("spec_folder", Text, nullable=False),
    Column("registered_at", Moment, nullable=False),
)

# The last place in the order of arrival; a row is also the lock that orders the writers of its model.
sequences = Table(
    "sequences",
    metadata,
    Column("model", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
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
    Column("fingerprint", Text, nullable=False),
    Column("unknown_categories", Text),
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
    UniqueConstraint("model", "prediction_id", "number"),
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

runs = Table(
    "runs",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("trigger_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("data_start", Moment),
    Column("data_end", Moment),
    Column("version", Integer),
    Column("mlflow_run_id", Text),
    Column("metrics", Json),
    Column("message", Text, nullable=False),
    Index(None, "model", "at", "arrival"),
)

bundles = Table(
    "bundles",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("config", Text, nullable=False),
    Column("weights", LargeBinary, nullable=False),
)

candidates = Table(
    "candidates",
    metadata,
    Column("model", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, ForeignKey("bundles.sha256"), nullable=False),
    Column("run_id", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

champions = Table(
    "champions",
    metadata,
    Column("model", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("since_seq", BigInteger, nullable=False),
    Column("accepted", Double, nullable=False),
    Column("decision_id", Text, nullable=False),
    Column("probation_until_seq", BigInteger),
    ForeignKeyConstraint(["model", "version"], ["candidates.model", "candidates.version"]),
)

decisions = Table(
    "decisions",
    metadata,
    Column("arrival", COUNTER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("model", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("previous_version", Integer),
    Column("reasons", Json, nullable=False),
    Column("actor", Text, nullable=False),
    Column("run_id", Text),
    Index(None, "model", "at", "arrival"),
)

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

leases = Table(
    "leases",
    metadata,
    Column("model", Text, primary_key=True),
    Column("holder", Text),  # nobody when NULL
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
