from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from infra.domain.alerts import Alert
from infra.domain.errors import Refused
from infra.domain.handover import acknowledged, assigned, note_action, noted, resolved, silenced
from tests.unit.infra.notify.building import NOW, an_alert

LATER = NOW + timedelta(hours=8)


def test_every_deed_of_a_person_is_kept_in_order_with_its_moment() -> None:
    alert = acknowledged(an_alert(), note="ana: on it", at=NOW)
    alert = silenced(alert, until=LATER, note="ana", at=NOW)
    alert = assigned(alert, owner="bo", note="ana", at=NOW)
    alert = resolved(alert, note="bo: repaired", at=LATER)
    alert = noted(alert, note="bo: it was the camera", at=LATER)
    assert alert.actions == (
        "2026-03-01 12:00 acknowledged by ana: on it",
        "2026-03-01 12:00 silenced until 2026-03-01 20:00 by ana",
        "2026-03-01 12:00 given to bo by ana",
        "2026-03-01 20:00 resolved by bo: repaired",
        "2026-03-01 20:00 bo: it was the camera",
    )
    assert (alert.owner, alert.state, alert.resolved_at, alert.note) == (
        "bo",
        "resolved",
        LATER,
        "bo: it was the camera",
    )


@pytest.mark.parametrize(
    "act",
    [
        lambda alert: acknowledged(alert, note="", at=NOW),
        lambda alert: silenced(alert, until=LATER, note="", at=NOW),
        lambda alert: assigned(alert, owner="bo", note="", at=NOW),
        lambda alert: resolved(alert, note="", at=NOW),
    ],
)
def test_a_resolved_alert_takes_notes_alone(act: Callable[[Alert], Alert]) -> None:
    with pytest.raises(Refused, match="resolved already"):
        act(replace(an_alert(), state="resolved"))


def test_the_newest_fifty_deeds_are_kept_and_one_told_twice_once() -> None:
    alert = an_alert()
    for number in range(60):
        for _ in range(2):
            alert = note_action(alert, f"deed {number}", NOW)
    assert (len(alert.actions), alert.actions[0][-7:], alert.actions[-1][-7:]) == (50, "deed 10", "deed 59")
