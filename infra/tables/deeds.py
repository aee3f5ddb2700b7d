"""Who did what: one chain of hashes for each model, and where each chain ends."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from infra.columns import Moment
from infra.tables.naming import metadata

deeds = Table(
    "deeds",
    metadata,
    Column("model", Text, primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "model", "subject"),
)

# The head shows that the end of a chain was cut off; its row is also the lock on which writers of a chain queue.
deed_heads = Table(
    "deed_heads",
    metadata,
    Column("model", Text, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)
