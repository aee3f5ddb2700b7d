from __future__ import annotations

from datetime import timedelta

import pytest

from infra.domain.decisions import Candidate, Champion, PromotionDecision
from infra.domain.errors import Refused
from infra.domain.handover import accepted_level, hand_over, previous_version, silenced
from tests.unit.services.inference.building import NOW
from tests.unit.services.inference.test_reading import alert


def decision(kind: str, version: int, previous: int | None) -> PromotionDecision:
    return PromotionDecision(
        id=f"{kind}{version}",
        model="m",
        at=NOW,
        kind=kind,  # type: ignore[arg-type]  # the cases below name kinds
        version=version,
        previous_version=previous,
        reasons=(),
    )


def champion(version: int) -> Champion:
    return Champion(model="m", version=version, sha256="s", since=NOW, since_seq=0, accepted=0.8, decision_id="d")


def test_rejections_and_rollbacks_are_stepped_over_when_looking_for_the_version_before() -> None:
    newest_first = [
        decision("rollback", 2, 3),
        decision("reject", 4, 3),
        decision("promote", 3, 2),
        decision("promote", 2, 1),
        decision("promote", 1, None),
    ]
    assert previous_version(newest_first, champion(3)) == 2
    assert previous_version(newest_first, champion(2)) == 1
    assert previous_version(newest_first, champion(1)) is None
    assert previous_version([], champion(1)) is None


def test_a_version_never_measured_is_held_to_its_predecessor_or_refused() -> None:
    assert accepted_level(None, champion(1)) == 0.8
    with pytest.raises(Refused, match="never measured"):
        accepted_level(None, None)


def test_the_champion_cannot_be_crowned_again() -> None:
    candidate = Candidate(model="m", version=1, sha256="s", run_id="r", created_at=NOW)
    with pytest.raises(Refused, match="serves already"):
        hand_over(
            "promote",
            candidate,
            champion(1),
            accepted=0.9,
            last_seq=5,
            decision_id="x",
            reason="r",
            actor="a",
            at=NOW,
        )


def test_a_silence_ends_later_than_it_starts() -> None:
    assert silenced(alert(), until=NOW + timedelta(hours=1), note="", at=NOW).state == "silenced"
    with pytest.raises(Refused, match="later moment"):
        silenced(alert(), until=NOW, note="", at=NOW)
