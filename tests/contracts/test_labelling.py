"""What every `ports.Quarantines`, `ports.Audits` and `ports.AlarmStates` does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from infra.domain.errors import DataError, NotFound
from infra.ports import Ports
from tests.contracts.building import after, alarm_state, audit, label, prediction, quarantine


def label_all(ports: Ports, names: str, **changes: str) -> None:
    """One row and one label for each letter."""
    ports.predictions.add([prediction(name) for name in names])
    ports.labels.add([label(name, **changes) for name in names])


def test_a_quarantine_comes_back_whole_and_is_replaced_by_its_id(ports: Ports) -> None:
    held = quarantine("q", 3, 8, source="lab")
    ports.quarantines.save(held)
    assert ports.quarantines.get("q") == held
    released = replace(held, released_at=after(2), released_by="ana")
    ports.quarantines.save(released)
    assert ports.quarantines.page("grid", 10) == [released]


def test_unknown_quarantine_is_not_found_by_name(ports: Ports) -> None:
    with pytest.raises(NotFound, match="'q'"):
        ports.quarantines.get("q")


def test_standing_quarantines_are_oldest_first_and_pages_newest_first(ports: Ports) -> None:
    for n, hour in enumerate([2, 1, 1, 3]):
        ports.quarantines.save(quarantine(f"q{n}", 1, 2, at=after(hour)))
    ports.quarantines.save(quarantine("q3", 1, 2, at=after(3), released_at=after(4), released_by="ana"))
    ports.quarantines.save(quarantine("other", 1, 2, model="another"))
    assert [held.id for held in ports.quarantines.standing("grid")] == ["q1", "q2", "q0"]
    assert [held.id for held in ports.quarantines.page("grid", 2)] == ["q3", "q0"]
    assert [held.id for held in ports.quarantines.page("grid", 2, 2)] == ["q2", "q1"]


def test_labels_at_the_places_are_held_back_both_ends_included(ports: Ports) -> None:
    label_all(ports, "abcde")
    assert ports.quarantines.held_back("grid", list("abcde")) == set()
    ports.quarantines.save(quarantine("q", 2, 4))
    assert ports.quarantines.held_back("grid", list("abcde")) == set("bcd")
    assert ports.quarantines.held_back("grid", ["a", "c", "unknown"]) == {"c"}
    assert ports.quarantines.held_back("grid", []) == set()


def test_only_labels_of_the_named_source_are_held_back(ports: Ports) -> None:
    label_all(ports, "ab", source="lab")
    label_all(ports, "cd", source="line")
    ports.quarantines.save(quarantine("q", 1, 4, source="lab"))
    assert ports.quarantines.held_back("grid", list("abcd")) == set("ab")


def test_several_quarantines_hold_back_together(ports: Ports) -> None:
    label_all(ports, "abcdef")
    ports.quarantines.save(quarantine("q1", 1, 2))
    ports.quarantines.save(quarantine("q2", 2, 3))
    ports.quarantines.save(quarantine("q3", 6, 9))
    ports.quarantines.save(quarantine("elsewhere", 1, 9, model="another"))
    assert ports.quarantines.held_back("grid", list("abcdef")) == set("abcf")


def test_a_released_quarantine_holds_nothing_back(ports: Ports) -> None:
    label_all(ports, "ab")
    ports.quarantines.save(quarantine("q", 1, 2))
    ports.quarantines.save(quarantine("q", 1, 2, released_at=after(1), released_by="ana"))
    assert ports.quarantines.held_back("grid", ["a", "b"]) == set()


def test_a_correction_outside_the_quarantine_sets_a_prediction_free(ports: Ports) -> None:
    label_all(ports, "ab")
    ports.quarantines.save(quarantine("q", 1, 2))
    ports.labels.add([label("a", "DOWN")])
    assert ports.quarantines.held_back("grid", ["a", "b"]) == {"b"}
    ports.quarantines.save(quarantine("later", 3, 3))
    assert ports.quarantines.held_back("grid", ["a", "b"]) == {"a", "b"}


def test_a_label_that_waits_is_not_held_back_until_it_joins(ports: Ports) -> None:
    ports.labels.add([label("a")])
    ports.quarantines.save(quarantine("q", 0, 99))
    assert ports.quarantines.held_back("grid", ["a"]) == set()
    ports.predictions.add([prediction("a")])
    assert ports.quarantines.held_back("grid", ["a"]) == {"a"}


def test_more_predictions_than_one_query_names_are_held_back(ports: Ports) -> None:
    names = [f"p{n}" for n in range(2_300)]
    ports.predictions.add([prediction(name) for name in names])
    ports.labels.add([label(name) for name in names])
    ports.quarantines.save(quarantine("q", 1, 2_200))
    assert ports.quarantines.held_back("grid", names) == set(names[:2_200])


def test_an_audit_stays_as_it_was_first_asked_for(ports: Ports) -> None:
    first = audit("a")
    ports.audits.add([first, audit("b", random=False)])
    ports.audits.add([audit("a", random=False, asked_at=after(5)), audit("c", asked_at=after(1))])
    ports.audits.add([])
    asked = ports.audits.asked("grid", ["a", "c", "unknown"])
    assert asked == {"a": first, "c": audit("c", asked_at=after(1))}


def test_audits_are_of_one_model_and_paged_newest_first(ports: Ports) -> None:
    ports.audits.add([audit(f"a{n}", asked_at=after(hour)) for n, hour in enumerate([1, 3, 2, 3])])
    ports.audits.add([audit("a0", model="another", random=False)])
    assert [found.prediction_id for found in ports.audits.page("grid", 3)] == ["a3", "a1", "a2"]
    assert [found.prediction_id for found in ports.audits.page("grid", 3, 3)] == ["a0"]
    assert ports.audits.asked("another", ["a0", "a1"]) == {"a0": audit("a0", model="another", random=False)}


def test_more_audits_than_one_query_names(ports: Ports) -> None:
    names = [f"p{n}" for n in range(1_200)]
    ports.audits.add([audit(name) for name in names])
    assert set(ports.audits.asked("grid", names)) == set(names)


def test_the_state_of_an_alarm_comes_back_whole(ports: Ports) -> None:
    assert ports.alarm_states.get("grid") is None
    ports.alarm_states.save(alarm_state(5))
    ports.alarm_states.save(alarm_state(9, model="another"))
    assert ports.alarm_states.get("grid") == alarm_state(5)


def test_an_alarm_never_goes_back_to_an_earlier_place_of_its_promotion(ports: Ports) -> None:
    ports.alarm_states.save(alarm_state(5))
    ports.alarm_states.save(alarm_state(4, detectors={}))
    assert ports.alarm_states.get("grid") == alarm_state(5)
    ports.alarm_states.save(alarm_state(5, detectors={"cusum": {"sum": 1.0}}))
    ports.alarm_states.save(alarm_state(6))
    assert ports.alarm_states.get("grid") == alarm_state(6)


def test_an_alarm_starts_again_with_another_promotion(ports: Ports) -> None:
    ports.alarm_states.save(alarm_state(50))
    again = alarm_state(40, version=2, decision_id="second", detectors={})
    ports.alarm_states.save(again)
    assert ports.alarm_states.get("grid") == again


def test_the_furthest_of_many_threads_stands(ports: Ports) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda place: ports.alarm_states.save(alarm_state(place)), [3, 9, 1, 12, 7, 5, 11, 2]))
    assert ports.alarm_states.get("grid") == alarm_state(12)


def test_a_figure_of_a_detector_that_is_not_finite_is_refused(ports: Ports) -> None:
    with pytest.raises(DataError, match="sum"):
        ports.alarm_states.save(alarm_state(1, detectors={"cusum": {"sum": float("inf")}}))
    assert ports.alarm_states.get("grid") is None
