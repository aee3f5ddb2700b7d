"""A person's wish to retrain: kept as a trigger with the deed on record; the next `retrain` flow answers it."""

from __future__ import annotations

from datetime import datetime

from infra.domain.alerts import Trigger
from infra.domain.deeds import personal
from infra.ports import Ports


def wish_by_hand(
    ports: Ports, model: str, *, trigger_id: str, reason: str, how: str, actor: str, at: datetime
) -> Trigger:
    """Keep the wish. `how` is `warm` or `scratch`; `trigger_id` is a new one."""
    trigger = Trigger(
        id=trigger_id,
        model=model,
        at=at,
        source="person",
        state="requested",
        reason=reason,
        policy="person",
        evidence={"how": how},
        actor=actor,
    )
    asked = {"reason": reason, "how": how}
    ports.triggers.save(trigger, personal("ask", "trigger", trigger.id, model=model, actor=actor, at=at, content=asked))
    return trigger
