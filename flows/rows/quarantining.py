"""Hold back labels that look flipped before anything learns from them, and leave held labels out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flows.desk import Desk
from flows.notifying import raise_alerts
from infra.domain.labelling import Joined, Quarantine
from infra.domain.predictions import Answered
from monitoring.holding import judge_quarantines, quarantines_of
from monitoring.quarantining import suspicious_bursts

LOOKBACK = 4_000
"""Labels that joined last, in which bursts are looked for; a burst reaches back no further."""
_PAGE = 1_000


def quarantine_labels(desk: Desk, *, now: datetime) -> list[Quarantine]:
    """Look through the newest labels, keep what quarantines they call for, and raise or resolve their alert.

    Returns those that are new or grew. The same labels give the same quarantines, however often it is asked.
    """
    return quarantine_among(desk, newest_labels(desk, LOOKBACK), now=now)


def quarantine_among(desk: Desk, newest: Sequence[Joined], *, now: datetime) -> list[Quarantine]:
    """The same where the newest `LOOKBACK` labels have been read already."""
    model, quarantines = desk.spec.model, desk.ports.quarantines
    champion = desk.ports.versions.champion(model)
    if champion is None:
        return []
    known_error = 1.0 - champion.accepted if desk.spec.task == "classification" else 0.0
    bursts = suspicious_bursts(newest, task=desk.spec.task, known_error=known_error)
    changed = quarantines_of(bursts, _known(desk), model=model, at=now) if bursts else []
    for quarantine in changed:
        quarantines.save(quarantine)
    tell_of_quarantines(desk, now=now)
    return changed


def tell_of_quarantines(desk: Desk, *, now: datetime) -> None:
    """Raise or resolve the alert about those that stand: a person may have released one."""
    standing = desk.ports.quarantines.standing(desk.spec.model)
    raise_alerts(desk, judge_quarantines(desk.spec.model, standing), at=now)


def newest_labels(desk: Desk, count: int) -> list[Joined]:
    """The labels that joined last, in the order in which they did."""
    labels = desk.ports.labels
    return labels.joined(desk.spec.model, max(0, labels.last_place(desk.spec.model) - count), count)


def without_held_back(desk: Desk, rows: Sequence[Answered]) -> list[Answered]:
    """The rows; a label that stands in quarantine is taken off as if it had not come."""
    if not desk.ports.quarantines.standing(desk.spec.model):
        return list(rows)
    held = desk.ports.quarantines.held_back(
        desk.spec.model, [row.prediction.id for row in rows if row.label is not None]
    )
    return [replace(row, label=None) if row.prediction.id in held else row for row in rows]


def _known(desk: Desk) -> list[Quarantine]:
    """All there ever were, released ones included."""
    found: list[Quarantine] = []
    while page := desk.ports.quarantines.page(desk.spec.model, _PAGE, len(found)):
        found += page
    return found
