"""A person's word that labels in quarantine are right: gathered, decided and stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from infra.domain.deeds import personal
from infra.domain.errors import NotFound, Refused
from infra.domain.labelling import Quarantine
from infra.ports import Ports


def release_by_hand(
    ports: Ports, model: str, quarantine_id: str, *, actor: str, reason: str, at: datetime
) -> Quarantine:
    """Let the labels be learnt from. The person's reason is kept behind the one that they were held back for.

    Raises:
        NotFound: the model has no such quarantine.
        Refused: it was released before.
    """
    quarantine = ports.quarantines.get(quarantine_id)
    if quarantine.model != model:
        raise NotFound(f"model {model} has no quarantine {quarantine_id!r}: that one belongs to {quarantine.model}")
    freed = released(quarantine, actor=actor, reason=reason, at=at)
    labels = f"{freed.first_place} to {freed.last_place}"
    said = {"reason": reason, "labels": labels, "source": freed.source}
    deed = personal("release", "quarantine", freed.id, model=model, actor=actor, at=at, content=said)
    ports.quarantines.save(freed, deed)
    return freed


def released(quarantine: Quarantine, *, actor: str, reason: str, at: datetime) -> Quarantine:
    """The quarantine as it is once somebody has lifted it. Raises Refused when that has happened."""
    if quarantine.released_at is not None:
        raise Refused(
            f"quarantine {quarantine.id} was released at {quarantine.released_at.isoformat()} by "
            f"{quarantine.released_by}: there is nothing left to release"
        )
    return replace(
        quarantine, released_at=at, released_by=actor, reason=f"{quarantine.reason}. Released because: {reason}"
    )
