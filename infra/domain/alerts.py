"""Broken rules, and the reasons to retrain that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
"""From mild to severe."""
AlertState = Literal["pending", "open", "acknowledged", "silenced", "resolved"]
Evidence = Mapping[str, float | int | str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """A broken rule. Two alerts with one `dedup_key` never stand open at once.

    `pending` is a rule that was broken, not yet for as long as it has to be; nobody is told.

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
    owner: str = ""
    runbook: str = ""
    """Where it is written what to do."""
    actions: tuple[str, ...] = ()
    """What was done about it, in words, oldest first: the retraining, the decision."""


NoticeEvent = Literal["opened", "joined", "reminder", "resolved"]
"""`joined`: a standing alert is told again, because it names something that it did not name when it was last told."""
NoticeState = Literal["waiting", "sent", "failed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One message to one target, kept until it is delivered: at least once, under a stable `id`.

    `group` names what is told together (model and severity); `target` is a name that the operator gave an
    address. `attempts` failed so far; `not_before` is the moment of the next, on the wall clock.
    """

    id: str
    model: str
    alert_ids: tuple[str, ...]
    group: str
    target: str
    event: NoticeEvent
    subject: str
    body: str
    created_at: datetime
    not_before: datetime
    attempts: int = 0
    state: NoticeState = "waiting"
    problem: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertBook:
    """What is known of a model's alerts and of what people were told about them."""

    standing: tuple[Alert, ...]
    """Not resolved, pending ones included."""
    resolved: tuple[Alert, ...]
    """Resolved, and somebody may still believe that they stand."""
    notices: tuple[Notice, ...]
    """The newest of them, newest first."""


AlertChange = tuple[Alert, tuple[Notice, ...]]
"""An alert to be saved, with what is to be told in the same transaction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """A sign of life of something that has to run again and again. `name` is what ran: `monitor`, `retrain`."""

    name: str
    model: str
    at: datetime
    ok: bool
    message: str = ""


ANSWERS = "answers"
"""Under this name the evidence of a trigger holds the ids of the alerts it is meant to answer, with spaces between."""
LOOKS, LAST_LOOK = "looks", "last_look_at"
"""Under these names a trigger's evidence says how many looks came to it, where more than one did, and when the last."""
TriggerSource = Literal["alert", "policy", "schedule", "person", "first"]
TriggerState = Literal["requested", "held", "accepted", "refused", "done", "failed"]
"""`held`: a budget waits for a person's approval."""


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
    """A refusal that stands is kept once: its evidence says how many looks came to it, and when the last one did."""

    @property
    def looks(self) -> int:
        """How many looks came to this: one, but for a refusal that stands."""
        return int(self.evidence.get(LOOKS) or 1)

    @property
    def last_look_at(self) -> datetime:
        """Event time of the last of them."""
        said = self.evidence.get(LAST_LOOK)
        return datetime.fromisoformat(said) if isinstance(said, str) else self.at
