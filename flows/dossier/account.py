"""Everything a dossier tells of, as the run hands it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flows.dossier.evidence import Evidence
from flows.training.fitting import Epoch
from infra.domain.alerts import Trigger
from infra.domain.costs import CostEntry
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Account:
    """A run that came to its decision, with what it cost and what it shows."""

    spec: ModelSpec
    trigger: Trigger
    run: TrainingRun
    decision: PromotionDecision
    entries: tuple[CostEntry, ...]
    epochs: Sequence[Epoch]
    evidence: Evidence = field(default_factory=Evidence)
