"""Who did what, as one chain of hashes for each model; decisions that were made before are its first links.

Revision 0007. What a chain says of those is that they have not changed since this revision, not since they were made.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING_BEFORE = "0" * 64


def upgrade() -> None:
    deeds = op.create_table(
        "deeds",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model", "place", name=op.f("pk_deeds")),
    )
    op.create_index(op.f("ix_deeds_model_subject"), "deeds", ["model", "subject"])
    heads = op.create_table(
        "deed_heads",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model", name=op.f("pk_deed_heads")),
    )
    rows, ends = _chained(op.get_bind())
    if rows:
        op.bulk_insert(deeds, rows)
        op.bulk_insert(heads, ends)


def downgrade() -> None:
    op.drop_table("deed_heads")
    op.drop_table("deeds")


def _chained(connection: sa.Connection) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Links and heads for the decisions there are, as the code of this revision would have made them."""
    found = connection.execute(
        sa.text(
            "SELECT id, model, at, kind, version, previous_version, reasons, actor, run_id FROM decisions "
            "ORDER BY arrival"
        )
    )
    rows: list[dict[str, object]] = []
    ends: dict[str, dict[str, object]] = {}
    for row in found:
        end = ends.setdefault(row.model, {"model": row.model, "place": 0, "hash": _NOTHING_BEFORE})
        deed = {
            "model": row.model,
            "at": (_EPOCH + timedelta(microseconds=row.at)).isoformat(),
            "actor": row.actor,
            "act": row.kind,
            "about": "decision",
            "subject": row.id,
            "content": _canonical(_decision(row)),
        }
        link = {"place": end["place"] + 1, "previous_hash": end["hash"]}
        link["hash"] = hashlib.sha256(_canonical({**deed, **link}).encode()).hexdigest()
        rows.append({**deed, **link, "at": row.at})
        end.update(place=link["place"], hash=link["hash"])
    return rows, list(ends.values())


def _decision(row: sa.Row) -> dict[str, object]:
    reasons = [
        {**one, **{name: None if one[name] is None else float(one[name]) for name in ("figure", "limit")}}
        for one in json.loads(row.reasons)
    ]
    return {
        "id": row.id,
        "model": row.model,
        "at": (_EPOCH + timedelta(microseconds=row.at)).isoformat(),
        "kind": row.kind,
        "version": row.version,
        "previous_version": row.previous_version,
        "reasons": reasons,
        "actor": row.actor,
        "run_id": row.run_id,
    }


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
