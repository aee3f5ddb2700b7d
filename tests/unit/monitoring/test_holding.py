from __future__ import annotations

from dataclasses import replace

from infra.domain.labelling import Quarantine
from monitoring.holding import LABELS_QUARANTINED, judge_quarantines, quarantines_of
from monitoring.quarantining import Burst
from tests.unit.monitoring.building import START


def burst(first: int = 10, last: int = 50, source: str = "s0") -> Burst:
    return Burst(source=source, first_place=first, last_place=last, contradictions=12, labels=40, reason="Odd.")


def held(bursts: list[Burst], known: list[Quarantine] | None = None) -> list[Quarantine]:
    return quarantines_of(bursts, known or [], model="m", at=START)


def test_a_burst_begins_a_quarantine_and_the_same_burst_no_second_one() -> None:
    (begun,) = held([burst()])
    assert (begun.source, begun.first_place, begun.last_place, begun.released_at) == ("s0", 10, 50, None)
    assert held([burst()], [begun]) == []


def test_a_burst_that_goes_on_makes_its_quarantine_longer() -> None:
    (begun,) = held([burst()])
    (longer,) = held([burst(first=12, last=80)], [begun])
    assert longer == replace(begun, last_place=80)


def test_what_a_person_released_is_not_held_again() -> None:
    (begun,) = held([burst()])
    freed = replace(begun, released_at=START, released_by="ana")
    assert held([burst(last=90)], [freed]) == []


def test_another_source_has_a_quarantine_of_its_own() -> None:
    (begun,) = held([burst()])
    (other,) = held([burst(source="s1")], [begun])
    assert other.id != begun.id


def test_an_alert_stands_while_labels_are_held_back() -> None:
    assert judge_quarantines("m", []).breaches == ()
    assert judge_quarantines("m", []).judged == {LABELS_QUARANTINED}
    (begun,) = held([burst()])
    (breach,) = judge_quarantines("m", [begun]).breaches
    assert breach.severity == "critical"
    assert f"--release {begun.id}" in breach.message
    assert breach.evidence["source"] == "s0"
