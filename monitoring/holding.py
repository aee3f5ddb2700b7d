"""Quarantines as records: begun by a burst, made longer while it goes on, told as an alert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from infra.domain.labelling import Quarantine
from monitoring.breaches import breach_of
from monitoring.quarantining import Burst
from monitoring.rules import Judgement

LABELS_QUARANTINED = "labels_quarantined"


def quarantines_of(
    bursts: Sequence[Burst], known: Sequence[Quarantine], *, model: str, at: datetime
) -> list[Quarantine]:
    """The quarantines that are new, or that a burst which goes on makes longer, to be saved.

    A burst that a released quarantine began is left alone: a person has said that these labels are right.
    """
    changed = []
    for burst in bursts:
        same = [one for one in known if one.source in (None, burst.source) and _meet(one, burst)]
        if any(one.released_at is not None for one in same):
            continue
        if not same:
            changed.append(_begun(burst, model, at))
        elif burst.last_place > max(one.last_place for one in same):
            longest = max(same, key=lambda one: one.last_place)
            changed.append(replace(longest, last_place=burst.last_place, reason=burst.reason))
    return changed


def _meet(quarantine: Quarantine, burst: Burst) -> bool:
    return quarantine.first_place <= burst.last_place and burst.first_place <= quarantine.last_place


def _begun(burst: Burst, model: str, at: datetime) -> Quarantine:
    named = f"{model}:{burst.source}:{burst.first_place}"
    return Quarantine(
        id=sha256(named.encode()).hexdigest()[:16],
        model=model,
        at=at,
        reason=burst.reason,
        first_place=burst.first_place,
        last_place=burst.last_place,
        source=burst.source,
    )


def judge_quarantines(model: str, standing: Sequence[Quarantine]) -> Judgement:
    """An alert stands while labels are held back."""
    judged = frozenset({LABELS_QUARANTINED})
    if not standing:
        return Judgement(judged=judged)
    newest = standing[-1]
    message = (
        f"Labels look flipped and are held back from training: {newest.reason}. Correct them, or say that they are "
        f"right: `keepsharp labels quarantine {model} --release {newest.id} --reason TEXT`."
    )
    if len(standing) > 1:
        message += f" {len(standing) - 1} further quarantines stand."
    evidence = {
        "quarantine": newest.id,
        "source": newest.source,
        "first_place": newest.first_place,
        "last_place": newest.last_place,
        "standing": len(standing),
    }
    breach = breach_of(LABELS_QUARANTINED, "critical", model, message, evidence)
    return Judgement(breaches=(breach,), judged=judged)
