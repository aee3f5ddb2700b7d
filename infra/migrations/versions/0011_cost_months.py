"""How often each month of a model's ledger was written to.

Revision 0011. Of a ledger that is there, every month from its first entry to its last is counted as written to once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    months = op.create_table(
        "cost_months",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model", "month", name=op.f("pk_cost_months")),
    )
    spans = op.get_bind().execute(sa.text("SELECT model, min(at), max(at) FROM costs GROUP BY model")).all()
    rows = [
        {"model": model, "month": month, "changes": 1} for model, first, last in spans for month in _months(first, last)
    ]
    if rows:
        op.bulk_insert(months, rows)


def downgrade() -> None:
    op.drop_table("cost_months")


def _months(first: int, last: int) -> list[str]:
    """The months between two moments in microseconds since 1970, both included."""
    beginning = datetime(1970, 1, 1, tzinfo=UTC)
    start, end = (beginning + timedelta(microseconds=moment) for moment in (first, last))
    span = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in span]
