"""What came of each promoted retraining.

Revision 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "returns",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("previous_version", sa.Integer(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("better", sa.BigInteger(), nullable=False),
        sa.Column("worse", sa.BigInteger(), nullable=False),
        sa.Column("gain", sa.Double(), nullable=False),
        sa.Column("gain_squares", sa.Double(), nullable=False),
        sa.Column("old_loss", sa.Double(), nullable=False),
        sa.Column("forecast_per_decision", sa.Double(), nullable=True),
        sa.Column("wrong_decision", sa.Double(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_returns")),
        sa.UniqueConstraint("run_id", name=op.f("uq_returns_run_id")),
    )
    op.create_index(op.f("ix_returns_model_at_arrival"), "returns", ["model", "at", "arrival"])


def downgrade() -> None:
    op.drop_table("returns")
