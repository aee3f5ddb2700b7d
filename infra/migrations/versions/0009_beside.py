"""What models that did not answer would have reached in a window.

Revision 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("windows", sa.Column("beside", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("windows", "beside")
