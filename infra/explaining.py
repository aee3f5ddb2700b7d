"""Which model answered this prediction, trained on what, let to serve by whom and why, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from infra.domain.corrections import CorrectedRow
from infra.domain.decisions import Candidate, PromotionDecision, TrainingRun
from infra.domain.deeds import RecordedDecision, recorded
from infra.domain.errors import NotFound
from infra.domain.predictions import Label, Prediction
from infra.domain.shadows import SIMPLE_VERSION, ShadowAnswer
from infra.ports import Ports

RECENT_RUNS = 200
MANY_DECISIONS = 1_000
_CROWNING = ("promote", "rollback")
AnsweredAs = Literal["champion", "canary", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """A run that has the row in its snapshot, and for what: it learnt from it, stopped on it, or was judged by it."""

    run_id: str
    version: int | None
    part: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Everything that is known of one answer.

    `answered_as`: the version served everybody then, or answered its canary share; unknown before any promotion.
    `decision` is the one that the version served by at that time, or the last about it. `run` is None for a version
    that was added by hand. `labels` come oldest first; the last is in force.
    """

    prediction: Prediction
    place: int
    """In the order of arrival."""
    answered_as: AnsweredAs
    candidate: Candidate | None
    run: TrainingRun | None
    decision: RecordedDecision | None
    beside: tuple[ShadowAnswer, ...]
    labels: tuple[Label, ...]
    held_back: bool
    """Its label stands in quarantine now, and is not learnt from."""
    used_in: tuple[Use, ...]
    corrections: tuple[CorrectedRow, ...]


def explain(ports: Ports, model: str, prediction_id: str) -> Explanation:
    """Gather it.

    Raises:
        NotFound: the model has no such prediction.
    """
    answered = ports.predictions.get(model, prediction_id)
    prediction = answered.prediction
    candidate = _candidate(ports, prediction)
    decisions = ports.decisions.page(model, MANY_DECISIONS)
    answered_as, decision = _decided(decisions, prediction)
    link = None if decision is None else ports.deeds.about(model, [decision.id]).get(decision.id)
    versions = [SIMPLE_VERSION, *(one.version for one in ports.versions.all(model))]
    return Explanation(
        prediction=prediction,
        place=answered.seq,
        answered_as=answered_as,
        candidate=candidate,
        run=None if candidate is None else _run(ports, candidate),
        decision=None if decision is None else recorded(decision, link),
        beside=tuple(ports.shadows.said(model, prediction_id, versions)),
        labels=tuple(ports.labels.history(model, prediction_id)),
        held_back=prediction_id in ports.quarantines.held_back(model, [prediction_id]),
        used_in=tuple(_uses(ports, model, prediction_id)),
        corrections=tuple(ports.corrections.about(model, prediction_id)),
    )


def _candidate(ports: Ports, prediction: Prediction) -> Candidate | None:
    try:
        return ports.versions.get(prediction.model, prediction.version)
    except NotFound:
        return None


def _run(ports: Ports, candidate: Candidate) -> TrainingRun | None:
    try:
        return ports.runs.get(candidate.run_id)
    except NotFound:
        return None


def _decided(
    decisions: Sequence[PromotionDecision], prediction: Prediction
) -> tuple[AnsweredAs, PromotionDecision | None]:
    """As what the version answered, and by which decision. `decisions` come newest first."""
    crowning = [one for one in decisions if one.kind in _CROWNING]
    then = next((one for one in crowning if one.at <= prediction.time), crowning[-1] if crowning else None)
    if then is not None and then.version == prediction.version:
        return "champion", then
    about_it = [one for one in decisions if one.version == prediction.version]
    before = [one for one in about_it if one.at <= prediction.time] or about_it
    if not before:
        return "unknown", None
    # a service follows a promotion within seconds: until then the one before still answers as the champion
    served = any(one.kind in _CROWNING for one in before)
    return ("champion" if served else "canary"), before[0]


def _uses(ports: Ports, model: str, prediction_id: str) -> list[Use]:
    """Runs whose snapshot has the row, oldest first; one whose snapshot file is gone is passed over."""
    found = []
    for run in reversed(ports.runs.page(model, RECENT_RUNS)):
        if not run.snapshot:
            continue
        try:
            parts = ports.snapshots.parts_of(run.snapshot, prediction_id)
        except NotFound:
            continue
        found += [Use(run_id=run.id, version=run.version, part=part) for part in parts]
    return found
