"""Broken rules, and the reasons to retrain that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Severity = Literal["info", "warning", "critical"]
AlertState = Literal["open", "acknowledged", "silenced", "resolved"]
Evidence = Mapping[str, float | int | str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """A broken rule. Two alerts with one `dedup_key` never stand open at once.

    `opened_at` is event time. `evidence` holds the figures the rule read.
    """

    id: str
    model: str
    rule: str
    severity: Severity
    state: AlertState
    dedup_key: str
    opened_at: datetime
    updated_at: datetime
    message: str
    evidence: Evidence
    resolved_at: datetime | None = None
    silenced_until: datetime | None = None
    note: str = ""


TriggerSource = Literal["alert", "policy", "schedule", "person", "first"]
TriggerState = Literal["requested", "accepted", "refused", "done", "failed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """A reason to retrain. A refused one is kept with its numbers, since a refusal is a decision too."""

    id: str
    model: str
    at: datetime
    source: TriggerSource
    state: TriggerState
    reason: str
    policy: str
    evidence: Evidence
    actor: str = "keepsharp"
