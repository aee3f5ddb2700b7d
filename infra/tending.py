"""What a person does to an alert: gathered, changed, kept with the deed on record, and charged where it is work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from infra.domain.alerts import Alert
from infra.domain.deeds import done_to_alert
from infra.domain.handover import acknowledged, assigned, noted, resolved, silenced
from infra.ledger.staff import REVIEWS, charge_review
from infra.ports import Ports

Act = Literal["acknowledge", "silence", "resolve", "note", "assign"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """Who says what to an alert, and when in event time. `until` is for a silence, `owner` for whom it is given to."""

    actor: str
    at: datetime
    note: str = ""
    until: datetime | None = None
    owner: str = ""

    @property
    def spoken(self) -> str:
        """The actor, with the note where there is one."""
        return f"{self.actor}: {self.note}" if self.note else self.actor


def tend(ports: Ports, act: Act, alert_id: str, word: Word) -> Alert:
    """Do it; the alert as it is now.

    Raises:
        NotFound: there is no such alert.
        Refused: it is resolved already (a note is taken all the same), or the silence would be over.
    """
    alert = _CHANGES[act](ports.alerts.get(alert_id), word)
    ports.alerts.save(alert, deed=done_to_alert(act, alert, actor=word.actor, note=word.note, at=word.at))
    if act in REVIEWS:
        charge_review(ports, act, alert, at=word.at)
    return alert


def _silence(alert: Alert, word: Word) -> Alert:
    assert word.until is not None
    return silenced(alert, until=word.until, note=word.spoken, at=word.at)


_CHANGES: dict[Act, Callable[[Alert, Word], Alert]] = {
    "acknowledge": lambda alert, word: acknowledged(alert, note=word.spoken, at=word.at),
    "silence": _silence,
    "resolve": lambda alert, word: resolved(alert, note=word.spoken, at=word.at),
    "note": lambda alert, word: noted(alert, note=word.spoken, at=word.at),
    "assign": lambda alert, word: assigned(alert, owner=word.owner, note=word.spoken, at=word.at),
}
