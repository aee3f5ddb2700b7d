from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.replay.scoring import by_window, decisions_improved, score_answers

numbers = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20)


def test_accuracy_is_the_share_answered_right() -> None:
    figures = score_answers("classification", ["a", "b", "b", "a"], ["a", "b", "a", "b"])
    assert (figures.accuracy, figures.headline) == (0.5, 0.5)
    assert (figures.mae, figures.rmse, figures.r2) == (None, None, None)


def test_numbers_are_scored_by_their_errors() -> None:
    figures = score_answers("regression", [1.0, 2.0, 6.0], [1.0, 4.0, 4.0])
    assert figures.mae == pytest.approx(4 / 3)
    assert figures.rmse == pytest.approx((8 / 3) ** 0.5)
    assert figures.r2 == pytest.approx(1 - 8 / 6)
    assert figures.headline == figures.mae
    assert figures.accuracy is None


def test_r2_of_a_constant_truth_is_unknown() -> None:
    assert score_answers("regression", [1.0, 2.0], [3.0, 3.0]).r2 is None


@settings(max_examples=40, deadline=None)
@given(truths=numbers)
def test_perfect_answers_have_no_error(truths: list[float]) -> None:
    figures = score_answers("regression", truths, truths)
    assert (figures.mae, figures.rmse) == (0.0, 0.0)


def test_windows_are_scored_in_order_and_the_last_may_be_shorter() -> None:
    truths = ["a"] * 5
    assert by_window("classification", ["a", "a", "b", "a", "b"], truths, 2) == [1.0, 0.5, 0.0]


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(*[st.sampled_from("ab")] * 3), min_size=1, max_size=30), size=st.integers(1, 10))
def test_windows_add_up_to_the_whole(rows: list[tuple[str, str, str]], size: int) -> None:
    answers, truths = [row[0] for row in rows], [row[1] for row in rows]
    parts = by_window("classification", answers, truths, size)
    weights = [len(truths[start : start + size]) for start in range(0, len(truths), size)]
    whole = score_answers("classification", answers, truths).accuracy
    assert np.average(parts, weights=weights) == pytest.approx(whole)


CASES = [
    ("one set right", "classification", ["a"], ["b"], ["a"], 1),
    ("one set wrong", "classification", ["b"], ["a"], ["a"], -1),
    ("the same", "classification", ["b"], ["b"], ["a"], 0),
    ("wrong in two ways", "classification", ["b"], ["c"], ["a"], 0),
    ("nearer, farther, as near", "regression", [1.0, 5.0, 2.0], [2.0, 1.0, -2.0], [0.0, 0.0, 0.0], 0),
    ("nearer twice", "regression", [1.0, 1.0], [2.0, -3.0], [0.0, 0.0], 2),
]


@pytest.mark.parametrize(
    ("task", "mine", "frozen", "truths", "improved"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_improved_decisions_are_counted_against_the_frozen_champion(
    task: str, mine: list[str | float], frozen: list[str | float], truths: list[str | float], improved: int
) -> None:
    assert decisions_improved(task, mine, frozen, truths) == improved
