"""Costs that have no price, who owns them, and how well their quantities are known.

Revision 0006. Earlier entries were all measured and priced; their owner is not known. On the way down what has no
price is kept as free, since revision 0005 has no other word for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("costs", sa.Column("owner", sa.Text(), server_default=sa.text("'unowned'"), nullable=False))
    op.add_column("costs", sa.Column("basis", sa.Text(), server_default=sa.text("'measured'"), nullable=False))
    for bound in ("low", "high"):
        op.add_column("costs", sa.Column(bound, sa.Double(), nullable=True))
    _allow_unpriced(True)
    op.create_index(op.f("ix_costs_cost_center_at"), "costs", ["cost_center", "at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_costs_cost_center_at"), "costs")
    op.execute("UPDATE costs SET rate = coalesce(rate, 0), amount = coalesce(amount, 0)")
    _allow_unpriced(False)
    for column in ("high", "low", "basis", "owner"):
        op.drop_column("costs", column)


def _allow_unpriced(allowed: bool) -> None:
    """SQLite alters a table by copying it."""
    with op.batch_alter_table("costs") as costs:
        for column in ("rate", "amount"):
            costs.alter_column(column, existing_type=sa.Double(), nullable=allowed)
