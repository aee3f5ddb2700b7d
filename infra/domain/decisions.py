"""Runs, candidates, champions, and the decisions between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RunState = Literal["running", "succeeded", "failed", "crashed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingRun:
    """One execution of a training, whatever came of it.

    `at` is the event time it belongs to. `start` says where the weights came from: `scratch`,
    `warm:3` for a warm start from version 3, or `pretrained:` and the hash of given weights.
    `snapshot` is the content hash of the rows it used.
    """

    id: str
    model: str
    at: datetime
    trigger_id: str
    state: RunState
    start: str
    rows: int
    snapshot: str
    seed: int
    data_start: datetime | None
    data_end: datetime | None
    version: int | None = None
    mlflow_run_id: str | None = None
    metrics: Mapping[str, float] | None = None
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A trained version awaiting judgement, or kept after it. `sha256` names its bundle."""

    model: str
    version: int
    sha256: str
    run_id: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Champion:
    """The version that serves now. `accepted` is the level of the headline metric it was promoted at."""

    model: str
    version: int
    sha256: str
    since: datetime
    since_seq: int
    """Predictions that arrived after this place in the order are the champion's."""
    accepted: float
    decision_id: str
    probation_until_seq: int | None = None
    """Until this place in the order it may be rolled back by itself; None once it was kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One rule of a decision: its figure, its limit, whether it held, and the sentence a person reads."""

    rule: str
    passed: bool
    figure: float | None
    limit: float | None
    text: str


DecisionKind = Literal["promote", "reject", "rollback", "keep", "challenge", "dismiss"]
"""The last two are a person's: a version answers beside the champion, or no longer does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromotionDecision:
    """What was decided about a version, by whom, and every reason with its figure."""

    id: str
    model: str
    at: datetime
    kind: DecisionKind
    version: int
    previous_version: int | None
    reasons: tuple[Reason, ...]
    actor: str = "keepsharp"
    run_id: str | None = None

    @property
    def summary(self) -> str:
        """The reasons as sentences, failed ones first."""
        ordered = sorted(self.reasons, key=lambda reason: reason.passed)
        return " ".join(reason.text for reason in ordered)
