"""What monitoring needs: the order in which labels joined, labels held back and asked for, messages and signs of life.

Revision 0003. Labels that joined before get their places by arrival. On the way down a pending alert, which revision
0002 does not know, is kept as resolved.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _order_labels()
    for column in ("estimate", "feedback"):
        op.add_column("windows", sa.Column(column, sa.Text(), nullable=True))
    for column, default in (("owner", "''"), ("runbook", "''"), ("actions", "'[]'")):
        op.add_column("alerts", sa.Column(column, sa.Text(), server_default=sa.text(default), nullable=False))
    _create_notices()
    _create_quarantines()
    op.create_table(
        "audits",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prediction_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("random", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_audits")),
        sa.UniqueConstraint("model", "prediction_id", name=op.f("uq_audits_model_prediction_id")),
    )
    op.create_index(op.f("ix_audits_model_asked_at_arrival"), "audits", ["model", "asked_at", "arrival"])
    op.create_table(
        "alarm_states",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("detectors", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model", name=op.f("pk_alarm_states")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "model", name=op.f("pk_heartbeats")),
    )


def downgrade() -> None:
    for table in ("heartbeats", "alarm_states", "audits", "quarantines", "notices"):
        op.drop_table(table)
    op.execute("UPDATE alerts SET state = 'resolved', resolved_at = updated_at WHERE state = 'pending'")
    for column in ("actions", "runbook", "owner"):
        op.drop_column("alerts", column)
    # The columns of a drift report had other roles before; keys that were unknown then are passed over.
    op.execute("""UPDATE windows SET drift = replace(drift, '"role":"embedding"', '"role":"picture"')""")
    for column in ("feedback", "estimate"):
        op.drop_column("windows", column)
    op.drop_index(op.f("ix_labels_model_place"), "labels")
    op.drop_column("labels", "place")
    op.drop_column("sequences", "joined")


def _order_labels() -> None:
    op.add_column("sequences", sa.Column("joined", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("labels", sa.Column("place", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE labels SET place = numbered.place FROM ("
        "SELECT arrival, row_number() OVER (PARTITION BY model ORDER BY arrival) AS place "
        "FROM labels WHERE NOT is_waiting) AS numbered WHERE labels.arrival = numbered.arrival"
    )
    op.execute(
        "UPDATE sequences SET joined = "
        "(SELECT count(*) FROM labels WHERE labels.model = sequences.model AND NOT is_waiting)"
    )
    op.create_index(op.f("ix_labels_model_place"), "labels", ["model", "place"], unique=True)


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("alert_ids", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_notices")),
        sa.UniqueConstraint("id", name=op.f("uq_notices_id")),
    )
    op.create_index(op.f("ix_notices_model_created_at_arrival"), "notices", ["model", "created_at", "arrival"])
    op.create_index(op.f("ix_notices_created_at_arrival"), "notices", ["created_at", "arrival"])
    unsent = sa.text("state = 'waiting'")
    op.create_index(
        "ix_notices_unsent", "notices", ["created_at", "arrival"], sqlite_where=unsent, postgresql_where=unsent
    )


def _create_quarantines() -> None:
    op.create_table(
        "quarantines",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_place", sa.BigInteger(), nullable=False),
        sa.Column("last_place", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_quarantines")),
        sa.UniqueConstraint("id", name=op.f("uq_quarantines_id")),
    )
    op.create_index(op.f("ix_quarantines_model_at_arrival"), "quarantines", ["model", "at", "arrival"])
    standing = sa.text("released_at IS NULL")
    op.create_index(
        "ix_quarantines_standing",
        "quarantines",
        ["model", "at", "arrival"],
        sqlite_where=standing,
        postgresql_where=standing,
    )
