from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.corrections.standing import MOST_TESTS, as_tests, ended, figures_of, moved
from infra.domain.corrections import CorrectionTest, TestState
from tests.contracts.building import after, corrected, correction_test, label

NAMES = [f"t{place}" for place in range(6)]
STATES: tuple[TestState, ...] = ("kept", "forgotten", "fixed_again", "rebroken")


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ("", "kept"),
        ("rrr", "kept"),
        ("rw", "forgotten"),
        ("ww", "forgotten"),  # forgotten once is not twice
        ("wr", "fixed_again"),
        ("wrr", "fixed_again"),
        ("wrw", "rebroken"),
        ("wrww", "rebroken"),
        ("wrwr", "fixed_again"),
    ],
)
def test_a_test_remembers_how_the_champions_answered_it(answers: str, state: TestState) -> None:
    test = correction_test("a")
    for answer in answers:
        test = moved(test, right=answer == "r")
    assert test.state == state


@given(
    states=st.lists(st.sampled_from(STATES), min_size=6, max_size=6),
    mine=st.sets(st.sampled_from(NAMES)),
    theirs=st.sets(st.sampled_from(NAMES)),
    since=st.none() | st.integers(-1, 7),
)
def test_the_figures_add_up(states: list[TestState], mine: set[str], theirs: set[str], since: int | None) -> None:
    tests = [
        correction_test(name, state=state, time=after(place))
        for place, (name, state) in enumerate(zip(NAMES, states, strict=True))
    ]
    found = figures_of(tests, candidate=mine, champion=theirs, since=None if since is None else after(since))
    assert found.kept + found.forgotten + found.rebroken == found.total
    assert found.total + found.set_aside == len(tests)
    counted = set(NAMES if since is None else NAMES[max(since, 0) :])
    assert (found.lost, found.regained) == (len(counted & theirs - mine), len(counted & mine - theirs))
    assert found.set_aside == 0 or since is not None


def test_without_a_champion_to_ask_the_states_stand_for_it() -> None:
    tests = [correction_test(name, state=state) for name, state in zip("abcd", STATES, strict=True)]
    found = figures_of(tests, candidate={"b", "d"}, champion=None, since=None)
    assert (found.lost, found.regained, found.rebroken) == (2, 2, 1)


def test_only_corrected_mistakes_become_tests() -> None:
    rows = [corrected(1), corrected(2, fate="still_wrong"), corrected(3, fate="broken")]
    (test,) = as_tests(rows, version=4, tolerance=0.5, at=after(2))
    assert (test.prediction_id, test.version, test.tolerance, test.added_at, test.state) == (
        "p1",
        4,
        0.5,
        after(2),
        "kept",
    )
    assert (test.time, test.features, test.truth) == (rows[0].time, rows[0].features, "UP")


def ends(tests: list[CorrectionTest], **given: object) -> dict[str, str]:
    known: dict[str, object] = {"labels": {}, "held_back": set(), "oldest": None, "at": after(9)}
    found = ended(tests, **{**known, **given})  # type: ignore[arg-type]  # a test names only what it is about
    assert all(one.withdrawn_at == after(9) for one in found)
    return {one.prediction_id: one.withdrawn_because for one in found}


def test_a_label_that_was_corrected_or_held_back_withdraws_its_test() -> None:
    tests = [
        correction_test("same"),
        correction_test("number", truth="1"),
        correction_test("changed"),
        correction_test("q"),
    ]
    labels = {
        "same": label("same"),
        "number": label("number", 1.0),
        "changed": label("changed", "DOWN"),
        "q": label("q"),
    }
    found = ends(tests, labels=labels, held_back={"q"})
    assert found == {
        "changed": "its label was corrected from UP to DOWN",
        "q": "its label is held back in quarantine",
    }


def test_tests_age_by_the_event_time_of_their_rows() -> None:
    tests = [correction_test("old", time=after(1)), correction_test("young", time=after(2))]
    assert set(ends(tests, oldest=after(2))) == {"old"}
    assert ends(tests, oldest=None) == {}


def test_the_oldest_make_room() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    tests = [correction_test(f"t{n}", time=start + timedelta(minutes=n)) for n in range(MOST_TESTS + 3)]
    assert set(ends(tests)) == {"t0", "t1", "t2"}


def test_what_a_person_made_a_test_neither_ages_nor_makes_room_and_counts_beyond_a_change() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    by_hand = [correction_test(f"h{n}", time=start, made_by="ana") for n in range(3)]
    tests = [
        *by_hand,
        *(correction_test(f"t{n}", time=start + timedelta(minutes=n + 1)) for n in range(MOST_TESTS + 1)),
    ]
    assert set(ends(tests)) == {"t0"}
    assert ends(by_hand, oldest=start + timedelta(days=1)) == {}
    assert set(ends(by_hand, labels={"h0": label("h0", "DOWN")})) == {"h0"}
    found = figures_of([*by_hand, correction_test("old", time=start)], candidate=set(), champion=set(), since=after(9))
    assert (found.total, found.set_aside) == (3, 1)
