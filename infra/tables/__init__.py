"""Every table, once, for SQLite and PostgreSQL alike. Knows no query and no record.

Columns carry the names of the fields they keep. `arrival` orders rows that share a moment.
"""

from __future__ import annotations

from infra.tables.access import IS_VALID, api_keys
from infra.tables.costs import costs
from infra.tables.judgements import IS_UNRESOLVED, alerts, triggers, windows
from infra.tables.naming import metadata
from infra.tables.traffic import (
    IS_CORRECTION,
    IS_CURRENT,
    IS_WAITING,
    labels,
    predictions,
    sequences,
    shadow_answers,
)
from infra.tables.versions import appointments, bundles, candidates, champions, decisions, leases, models, runs

__all__ = [
    "IS_CORRECTION",
    "IS_CURRENT",
    "IS_UNRESOLVED",
    "IS_VALID",
    "IS_WAITING",
    "alerts",
    "api_keys",
    "appointments",
    "bundles",
    "candidates",
    "champions",
    "costs",
    "decisions",
    "labels",
    "leases",
    "metadata",
    "models",
    "predictions",
    "runs",
    "sequences",
    "shadow_answers",
    "triggers",
    "windows",
]
