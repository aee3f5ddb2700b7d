"""Windows whose labels no look has reported on yet are found by an index of their own.

Revision 0012. Every look asks for them, and as a rule there are none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_windows_unheard",
        "windows",
        ["model", "state", "index"],
        sqlite_where=sa.text("feedback IS NULL"),
        postgresql_where=sa.text("feedback IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_windows_unheard", table_name="windows")
