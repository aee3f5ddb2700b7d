"""A named person's word on a retraining that a budget held back: gathered, decided and stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from infra.domain.alerts import Trigger
from infra.domain.deeds import personal
from infra.domain.errors import NotFound, Refused
from infra.ledger.staff import charge_approval
from infra.ports import Ports

HELD_UNTIL = "held_until"
"""Under this name the evidence of a held trigger says when it lapses."""


def held(ports: Ports, models: Sequence[str] | None = None) -> list[Trigger]:
    """Every retraining that waits for approval, oldest first within each model."""
    names = [one.name for one in ports.models.all()] if models is None else models
    return [trigger for name in names for trigger in ports.triggers.in_state(name, "held")]


def approve_by_hand(ports: Ports, trigger_id: str, *, approved: bool, actor: str, reason: str, at: datetime) -> Trigger:
    """Let a held retraining go ahead, or refuse it for good; the next `retrain` flow answers one that goes ahead.

    Raises:
        NotFound: no trigger has this id.
        Refused: it does not wait for approval.
    """
    trigger = next((one for one in held(ports) if one.id == trigger_id), None)
    if trigger is None:
        raise _not_held(ports, trigger_id)
    word = "Approved" if approved else "Declined"
    said = f"{trigger.reason} {word} by {actor}: {reason.rstrip('. ')}."
    decided = replace(
        trigger,
        state="accepted" if approved else "refused",
        reason=said,
        evidence={**trigger.evidence, f"{word.lower()}_by": actor, f"{word.lower()}_at": at.isoformat()},
    )
    deed = personal(
        "approve" if approved else "decline",
        "trigger",
        trigger.id,
        model=trigger.model,
        actor=actor,
        at=at,
        content={"reason": reason},
    )
    ports.triggers.save(decided, deed)
    charge_approval(ports, trigger.model, trigger.id, at=at)
    return decided


def _not_held(ports: Ports, trigger_id: str) -> NotFound | Refused:
    waiting = ", ".join(one.id for one in held(ports)) or "none"
    try:
        trigger = ports.triggers.get(trigger_id)
    except NotFound:
        return NotFound(f"there is no trigger {trigger_id!r}; these wait for approval: {waiting}")
    return Refused(
        f"trigger {trigger_id} of {trigger.model} is {trigger.state}: there is nothing to approve. Waiting: {waiting}"
    )
