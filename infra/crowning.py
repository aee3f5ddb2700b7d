"""A person's choice of the version that serves: gathered, decided, and stored in one transaction.

The registry is not told from here, since MLflow takes seconds to open: who can wait tells it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from infra.domain.decisions import DecisionKind, PromotionDecision, TrainingRun
from infra.domain.errors import NotFound, Refused
from infra.domain.handover import accepted_level, hand_over, previous_version
from infra.ports import Ports

_PAGE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Who chooses, why, and when in event time; `decision_id` is a new one."""

    decision_id: str
    reason: str
    actor: str
    at: datetime


def promote_by_hand(ports: Ports, model: str, version: int, choice: Choice) -> PromotionDecision:
    """Let `version` serve from now on.

    Raises:
        NotFound: there is no such version.
        Refused: it serves already, or was never measured.
    """
    return _crown(ports, model, version, choice, "promote")


def roll_back_by_hand(ports: Ports, model: str, choice: Choice) -> PromotionDecision:
    """Let the version serve again that did before the present champion was promoted.

    Raises:
        Refused: there is none.
    """
    champion = ports.versions.champion(model)
    earlier = previous_version(_decisions(ports, model), champion) if champion else None
    if earlier is None:
        raise Refused(f"model {model} has no earlier version to go back to: promote one by its number")
    return _crown(ports, model, earlier, choice, "rollback")


def _crown(ports: Ports, model: str, version: int, choice: Choice, kind: DecisionKind) -> PromotionDecision:
    candidate, champion = ports.versions.get(model, version), ports.versions.champion(model)
    crowned, decision = hand_over(
        kind,
        candidate,
        champion,
        accepted=accepted_level(_run(ports, candidate.run_id), champion),
        last_seq=ports.predictions.last_seq(model),
        decision_id=choice.decision_id,
        reason=choice.reason,
        actor=choice.actor,
        at=choice.at,
    )
    ports.versions.crown(crowned, decision)
    return decision


def _run(ports: Ports, run_id: str) -> TrainingRun | None:
    """None for a version that was added by hand."""
    try:
        return ports.runs.get(run_id)
    except NotFound:
        return None


def _decisions(ports: Ports, model: str) -> Iterator[PromotionDecision]:
    """All of them, newest first."""
    offset = 0
    while page := ports.decisions.page(model, _PAGE, offset):
        yield from page
        offset += len(page)
