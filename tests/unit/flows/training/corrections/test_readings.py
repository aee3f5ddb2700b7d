from __future__ import annotations

import numpy as np
import pytest

from flows.training.corrections.readings import (
    LEAST_PROBABILITY,
    Readings,
    read_knowing_nothing,
    turned_shares,
)


def readings(wrong: list[bool], confidence: list[float] | None) -> Readings:
    return Readings(
        answers=("a",) * len(wrong),
        truth_probability=None,
        confidence=None if confidence is None else np.array(confidence),
        loss=np.zeros(len(wrong)),
        wrong=np.array(wrong),
    )


def test_rows_that_were_right_turn_wrong_by_how_sure_they_were() -> None:
    before = readings([False, False, False, False, True], [0.55, 0.55, 0.95, 1.0, 0.55])
    after = readings([True, False, False, False, True], [0.5] * 5)
    found = turned_shares(before, after)
    assert found is not None
    assert (found[5], found[9]) == (0.5, 0.0)
    assert set(found[[0, 1, 2, 3, 4, 6, 7, 8]]) == {0.25}  # nobody was as sure as that: the share of all


@pytest.mark.parametrize("before", [readings([False], None), readings([True, True], [0.5, 0.5])])
def test_of_numbers_and_of_no_right_rows_nothing_is_known(before: Readings) -> None:
    assert turned_shares(before, before) is None


def test_a_class_that_training_never_saw_has_the_highest_loss() -> None:
    found = read_knowing_nothing(["a", "a", "b"], ["a", "b", "new"], task="classification", tolerance=None)
    assert found.truth_probability is not None
    assert found.truth_probability.tolist() == pytest.approx([2 / 3, 1 / 3, 0.0])
    assert found.loss.tolist() == pytest.approx([-np.log(2 / 3), -np.log(1 / 3), -np.log(LEAST_PROBABILITY)])
    assert found.wrong.tolist() == [False, True, True]
