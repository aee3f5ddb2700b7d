"""What serving needs: answers that were abstained from, answers beside the champion's, and API keys.

Revision 0002. Features are compared whole, so their fingerprints go; a downgrade works them out again.
"""

from __future__ import annotations

import hashlib

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROWS_AT_ONCE = 1_000
_KEPT = "model, seq, id, time, features, value, version, probabilities, confidence, unknown_categories"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        columns = [
            sa.Column("unknown_categories", sa.Text(), nullable=True),
            sa.Column("abstained", sa.Boolean(), server_default=sa.false(), nullable=False),
        ]
        _rebuild_predictions(columns, "abstained", "0")
    else:
        op.drop_column("predictions", "fingerprint")
        op.add_column("predictions", sa.Column("abstained", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "api_keys",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("id", name=op.f("uq_api_keys_id")),
    )
    valid = sa.text("revoked_at IS NULL")
    op.create_index("ix_api_keys_valid", "api_keys", ["name"], unique=True, sqlite_where=valid, postgresql_where=valid)
    op.create_table(
        "appointments",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model", "role", name=op.f("pk_appointments")),
        sa.ForeignKeyConstraint(["sha256"], ["bundles.sha256"], name=op.f("fk_appointments_sha256")),
    )
    op.create_table(
        "shadow_answers",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("prediction_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("probabilities", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("model", "role", "version", "prediction_id", name=op.f("pk_shadow_answers")),
    )


def downgrade() -> None:
    for table in ("shadow_answers", "appointments", "api_keys"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "sqlite":
        columns = [
            sa.Column("fingerprint", sa.Text(), nullable=False),
            sa.Column("unknown_categories", sa.Text(), nullable=True),
        ]
        _rebuild_predictions(columns, "fingerprint", "''")
        _work_out_fingerprints()
    else:
        op.drop_column("predictions", "abstained")
        op.add_column("predictions", sa.Column("fingerprint", sa.Text(), server_default="", nullable=False))
        _work_out_fingerprints()
        op.alter_column("predictions", "fingerprint", server_default=None)


def _rebuild_predictions(columns: list[sa.Column[object]], new: str, value: str) -> None:
    """SQLite alters a table by copying it. `new` is the column that every row gets `value` in."""
    op.drop_index(op.f("ix_predictions_model_time_seq"), "predictions")
    op.rename_table("predictions", "predictions_before")
    op.create_table(
        "predictions",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("probabilities", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        *columns,
        sa.PrimaryKeyConstraint("model", "seq", name=op.f("pk_predictions")),
        sa.UniqueConstraint("model", "id", name=op.f("uq_predictions_model_id")),
    )
    op.execute(
        f"INSERT INTO predictions ({_KEPT}, {new}) SELECT {_KEPT}, {value} FROM predictions_before "  # noqa: S608  our own names
        "ORDER BY model, seq"
    )
    op.drop_table("predictions_before")
    op.create_index(op.f("ix_predictions_model_time_seq"), "predictions", ["model", "time", "seq"])


def _work_out_fingerprints() -> None:
    bind = op.get_bind()
    found = sa.text(
        "SELECT model, seq, features FROM predictions WHERE (model, seq) > (:model, :seq) "
        "ORDER BY model, seq LIMIT :rows"
    )
    change = sa.text("UPDATE predictions SET fingerprint = :fingerprint WHERE model = :model AND seq = :seq")
    last = {"model": "", "seq": 0}
    while rows := bind.execute(found, {**last, "rows": _ROWS_AT_ONCE}).all():
        marks = [{"model": row.model, "seq": row.seq, "fingerprint": _fingerprint(row.features)} for row in rows]
        bind.execute(change, marks)
        last = {"model": rows[-1].model, "seq": rows[-1].seq}


def _fingerprint(features: str) -> str:
    """As revision 0001 kept it: SHA-256 of the JSON with sorted keys, whole numbers without a point."""
    plain = {
        name: int(value) if type(value) is float and value.is_integer() and abs(value) < 2**53 else value
        for name, value in orjson.loads(features).items()
    }
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()
