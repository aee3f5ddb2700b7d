"""The dossier of a run as it is kept: what it answers, as records that become JSON and come back.

`SCHEMA` is raised when a field changes its meaning or goes; a new field with a default does not raise it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from infra.domain.costs import CostEntry
from infra.domain.decisions import DecisionKind, Reason
from infra.domain.learning import LearningCurve
from infra.domain.merit import Merit
from infra.domain.provenance import Provenance
from infra.domain.sections import Section

Schema = Literal["keepsharp.dossier/1"]
SCHEMA: Schema = "keepsharp.dossier/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What was decided about the version, by whom, why it was trained, and every line of the verdict."""

    kind: DecisionKind
    actor: str
    previous_version: int | None
    reasons: tuple[Reason, ...]
    asked_by: str
    because: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochNote:
    """Losses of one epoch, as trained on."""

    number: int
    train_loss: float
    validation_loss: float
    validation_score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """The five questions, answered in a sentence or two each, and the three figures of merit."""

    trained: str
    half_the_labels: str
    corrected: str
    who_pays: str
    simple_model: str
    speed: str
    consistency: str
    cost_per_decision: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dossier:
    """One training run and what it shows. A part that is None was not measured; `unmeasured` says why, by its name."""

    schema: Schema
    model: str
    task: Literal["classification", "regression"]
    target: str
    owner: str
    cost_center: str
    currency: str
    version: int
    run: str
    mlflow_run: str | None
    at: datetime
    headline: str
    decided: Decided
    answers: Answers
    rows: int
    data_start: datetime | None
    data_end: datetime | None
    costs: tuple[CostEntry, ...]
    cost: float | None
    """What has a price, together; None when nothing has."""
    metrics: Mapping[str, float]
    epochs: tuple[EpochNote, ...]
    provenance: Provenance | None = None
    learning_curve: LearningCurve | None = None
    corrections: Section | None = None
    spending: Section | None = None
    merit: Merit | None = None
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    simple_model: str = ""
    """Name of the simple model."""
