"""What retrainings corrected, and the tests that corrected mistakes became. Revision 0004."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "correction_ledgers",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("before_version", sa.Integer(), nullable=True),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("layers", sa.Text(), nullable=False),
        sa.Column("mean_loss_before", sa.Double(), nullable=True),
        sa.Column("mean_loss_after", sa.Double(), nullable=True),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("influence", sa.Text(), nullable=False),
        sa.Column("tolerance", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_correction_ledgers")),
        sa.UniqueConstraint("run_id", name=op.f("uq_correction_ledgers_run_id")),
    )
    op.create_index(op.f("ix_correction_ledgers_model_at_arrival"), "correction_ledgers", ["model", "at", "arrival"])
    op.create_table(
        "corrected_rows",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("truth", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.Column("pushers", sa.Text(), nullable=False),
        sa.Column("saliency", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "place", name=op.f("pk_corrected_rows")),
    )
    _create_tests()


def downgrade() -> None:
    for table in ("correction_tests", "corrected_rows", "correction_ledgers"):
        op.drop_table(table)


def _create_tests() -> None:
    op.create_table(
        "correction_tests",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prediction_id", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("truth", sa.Text(), nullable=False),
        sa.Column("tolerance", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_correction_tests")),
        sa.UniqueConstraint("model", "prediction_id", name=op.f("uq_correction_tests_model_prediction_id")),
    )
    op.create_index(
        op.f("ix_correction_tests_model_added_at_arrival"), "correction_tests", ["model", "added_at", "arrival"]
    )
    asked = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "ix_correction_tests_asked",
        "correction_tests",
        ["model", "time", "arrival"],
        sqlite_where=asked,
        postgresql_where=asked,
    )
