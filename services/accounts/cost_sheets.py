"""Costs as sheets: the ledger entry by entry, and sums. Amounts keep all their digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from infra.domain.costs import CostEntry
from infra.ledger.summing import By, Sum
from services.accounts.sheet import sheet


def sums_csv(sums: Sequence[Sum], by: By) -> str:
    """One line for each sum."""
    rows = [[one.name, one.amount, one.currency, one.entries, one.unpriced, one.cpu_seconds] for one in sums]
    return sheet([by, "amount", "currency", "entries", "unpriced", "cpu_seconds"], rows)


def entries_csv(entries: Sequence[CostEntry]) -> str:
    """One line for each entry, every field of it; moments are ISO 8601 in UTC."""
    names = [field.name for field in fields(CostEntry)]
    return sheet(names, [[_cell(getattr(entry, name)) for name in names] for entry in entries])


def _cell(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
