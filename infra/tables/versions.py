"""Models, their trainings and versions, and who serves."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from infra.columns import COUNTER, Json, Moment
from infra.tables.naming import metadata

models = Table(
    "models",
    metadata,
    Column("name", Text, primary_key=True),
    Column("spec_yaml", Text, nullable=False),
    Column("spec_folder", Text, nullable=False),
    Column("registered_at", Moment, nullable=False),
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

appointments = Table(
    "appointments",
    metadata,
    Column("model", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("version", Integer, nullable=False),  # 0: the simple model, which is no candidate
    Column("sha256", Text, ForeignKey("bundles.sha256"), nullable=False),
    Column("since", Moment, nullable=False),
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

leases = Table(
    "leases",
    metadata,
    Column("model", Text, primary_key=True),
    Column("holder", Text),  # nobody when NULL
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
