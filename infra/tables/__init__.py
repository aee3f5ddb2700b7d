"""Every table, once, for SQLite and PostgreSQL alike. Knows no query and no record.

Columns carry the names of the fields they keep. `arrival` orders rows that share a moment.
"""

from __future__ import annotations

from infra.tables.access import IS_VALID, api_keys
from infra.tables.corrections import IS_ASKED, corrected_rows, correction_ledgers, correction_tests
from infra.tables.costs import cost_months, costs
from infra.tables.deeds import deed_heads, deeds
from infra.tables.holdouts import holdout_uses
from infra.tables.judgements import IS_UNHEARD, IS_UNRESOLVED, IS_UNSENT, alerts, heartbeats, notices, triggers, windows
from infra.tables.labelling import IS_STANDING, alarm_states, audits, quarantines
from infra.tables.naming import metadata
from infra.tables.returns import returns
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
    "IS_ASKED",
    "IS_CORRECTION",
    "IS_CURRENT",
    "IS_STANDING",
    "IS_UNHEARD",
    "IS_UNRESOLVED",
    "IS_UNSENT",
    "IS_VALID",
    "IS_WAITING",
    "alarm_states",
    "alerts",
    "api_keys",
    "appointments",
    "audits",
    "bundles",
    "candidates",
    "champions",
    "corrected_rows",
    "correction_ledgers",
    "correction_tests",
    "cost_months",
    "costs",
    "decisions",
    "deed_heads",
    "deeds",
    "heartbeats",
    "holdout_uses",
    "labels",
    "leases",
    "metadata",
    "models",
    "notices",
    "predictions",
    "quarantines",
    "returns",
    "runs",
    "sequences",
    "shadow_answers",
    "triggers",
    "windows",
]
