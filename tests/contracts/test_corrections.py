"""What every `ports.Corrections` and `ports.StandingTests` does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.domain.corrections import Reading
from infra.domain.deeds import personal
from infra.domain.errors import DataError, NotFound
from infra.ports import Ports
from tests.contracts.building import after, corrected, correction_test, ledger


def test_a_ledger_comes_back_whole_with_its_rows_by_place(ports: Ports) -> None:
    flip = corrected(2, fate="broken", truth=3.0, moved_by=(), pushers=(), saliency=None)
    ports.corrections.save(ledger("run"), [flip, corrected(1)])
    ports.corrections.save(ledger("other"), [corrected(1, run_id="other")])
    assert ports.corrections.get("run") == ledger("run")
    assert ports.corrections.rows("run", 10) == [corrected(1), flip]
    assert ports.corrections.rows("run", 1, 1) == [flip]
    assert ports.corrections.rows("unknown", 10) == []


def test_a_ledger_saved_again_replaces_its_rows(ports: Ports) -> None:
    ports.corrections.save(ledger("run"), [corrected(place) for place in range(1, 6)])
    ports.corrections.save(ledger("run", kept=1), [corrected(1, fate="still_wrong")])
    assert ports.corrections.get("run").kept == 1
    assert ports.corrections.rows("run", 10) == [corrected(1, fate="still_wrong")]
    ports.corrections.save(ledger("run", kept=0), [])
    assert ports.corrections.rows("run", 10) == []
    assert ports.corrections.page("grid", 10) == [ledger("run", kept=0)]


def test_a_run_without_a_ledger_is_not_found_and_says_why_it_may_be(ports: Ports) -> None:
    with pytest.raises(NotFound, match=r"'run'.*corrections: false"):
        ports.corrections.get("run")


def test_ledgers_are_paged_newest_first_of_one_model(ports: Ports) -> None:
    for n, hour in enumerate([1, 3, 2, 3]):
        ports.corrections.save(ledger(f"r{n}", at=after(hour)), [])
    ports.corrections.save(ledger("elsewhere", model="another"), [])
    assert [found.run_id for found in ports.corrections.page("grid", 3)] == ["r3", "r1", "r2"]
    assert [found.run_id for found in ports.corrections.page("grid", 3, 3)] == ["r0"]


def test_a_loss_that_is_not_finite_is_refused_and_nothing_of_it_is_kept(ports: Ports) -> None:
    bad = corrected(2, after=Reading(answer="UP", truth_probability=0.0, loss=float("inf")))
    with pytest.raises(DataError, match="loss"):
        ports.corrections.save(ledger("run"), [corrected(1), bad])
    with pytest.raises(NotFound):
        ports.corrections.get("run")
    assert ports.corrections.rows("run", 10) == []


def test_a_test_stays_as_it_was_first_added(ports: Ports) -> None:
    first, second = correction_test("a"), correction_test("b", truth=2.5, tolerance=0.5)
    ports.standing_tests.add([first, second])
    ports.standing_tests.add(iter([correction_test("a", version=9, truth="DOWN"), correction_test("c")]))
    ports.standing_tests.add([])
    assert ports.standing_tests.asked("grid") == [first, second, correction_test("c")]


def test_a_withdrawn_test_is_asked_no_more_and_not_added_again(ports: Ports) -> None:
    ports.standing_tests.add([correction_test("a"), correction_test("b")])
    withdrawn = correction_test("a", state="forgotten", withdrawn_at=after(1), withdrawn_because="its label changed")
    ports.standing_tests.save([withdrawn])
    ports.standing_tests.save([])
    ports.standing_tests.add([correction_test("a")])
    assert ports.standing_tests.asked("grid") == [correction_test("b")]
    assert set(map(str, ports.standing_tests.page("grid", 10))) == {str(withdrawn), str(correction_test("b"))}


def test_tests_are_of_one_model_asked_by_event_time_and_paged_last_added_first(ports: Ports) -> None:
    ports.standing_tests.add(
        [correction_test(f"t{n}", time=after(hour), added_at=after(10 - n)) for n, hour in enumerate([3, 1, 2, 1])]
    )
    ports.standing_tests.save([correction_test("t0", model="another", truth="DOWN")])
    assert [one.prediction_id for one in ports.standing_tests.asked("grid")] == ["t1", "t3", "t2", "t0"]
    assert [one.prediction_id for one in ports.standing_tests.page("grid", 3)] == ["t0", "t1", "t2"]
    assert [one.prediction_id for one in ports.standing_tests.page("grid", 3, 3)] == ["t3"]
    assert [one.truth for one in ports.standing_tests.asked("another")] == ["DOWN"]


def test_many_tests_are_saved_at_once(ports: Ports) -> None:
    tests = [correction_test(f"t{n:04}") for n in range(500)]
    ports.standing_tests.add(tests)
    ports.standing_tests.save([replace(test, state="forgotten") for test in tests])
    assert {one.state for one in ports.standing_tests.asked("grid")} == {"forgotten"}
    assert len(ports.standing_tests.asked("grid")) == 500


def test_what_was_kept_of_one_prediction_is_found_in_every_run(ports: Ports) -> None:
    of_it = corrected(1, id="one")
    ports.corrections.save(ledger("later", at=after(2)), [replace(of_it, run_id="later"), corrected(2, run_id="later")])
    ports.corrections.save(ledger("run"), [of_it])
    assert [row.run_id for row in ports.corrections.about("grid", "one")] == ["run", "later"]
    assert ports.corrections.about("another", "one") == []


def test_what_a_person_decided_about_a_test_is_kept_with_its_deed_and_no_machine_undoes_it(ports: Ports) -> None:
    ports.standing_tests.add([correction_test("a"), correction_test("b")])
    by_hand = correction_test("a", made_by="ana")
    deed = personal("add", "test", "a", model="grid", actor="ana", at=after(1), content={"reason": "never again"})
    ports.standing_tests.decide(by_hand, deed)
    withdrawn = correction_test("b", withdrawn_at=after(2), withdrawn_because="withdrawn by ana: odd")
    ports.standing_tests.decide(
        withdrawn, personal("withdraw", "test", "b", model="grid", actor="ana", at=after(2), content={"reason": "odd"})
    )
    # a training that read both before, and writes how they stand
    ports.standing_tests.save([correction_test("a", state="forgotten"), correction_test("b", state="forgotten")])
    assert ports.standing_tests.asked("grid") == [replace(by_hand, state="forgotten")]
    assert ports.standing_tests.get("grid", "b") == withdrawn
    assert ports.standing_tests.get("another", "b") is None
    assert [one.deed.act for one in ports.deeds.page("grid", 9)] == ["withdraw", "add"]
    ports.standing_tests.decide(correction_test("b", made_by="bo"), deed)
    assert [one.prediction_id for one in ports.standing_tests.asked("grid")] == ["a", "b"]
