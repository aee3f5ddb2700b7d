from __future__ import annotations

import numpy as np
import pytest

from monitoring.watch import Outcome, Pairs, judge_pairs, judge_probation, pairs_of
from tests.unit.monitoring.building import answered, many, spec


def _compared(lost: int, gained: int, same: int) -> tuple[list, list[str]]:  # type: ignore[type-arg]  # rows, old answers
    rows = many(right=same + gained, wrong=lost)
    old = ["a"] * same + ["b"] * gained + ["b"] * lost
    return rows, old


@pytest.mark.parametrize(
    ("lost", "gained", "ended", "outcome", "why"),
    [
        (0, 0, False, "wait", "the same answers"),
        (10, 10, True, "keep", "as good as before"),
        (8, 2, False, "wait", "worse, but it may be chance"),
        (14, 2, False, "wait", "fourteen to two are not enough after every label, though p = 0.002 in one look"),
        (24, 2, False, "rollback", "shown to be worse"),
        (2, 40, False, "wait", "better; probation goes on"),
        (2, 40, True, "keep", "better, and probation is over"),
    ],
)
def test_probation(lost: int, gained: int, ended: bool, outcome: Outcome, why: str) -> None:
    rows, old = _compared(lost, gained, same=100)
    found = judge_probation(rows, old, spec(), accepted=0.6, ended=ended)
    assert found.outcome == outcome, why
    assert found.reasons[0].figure is not None
    assert f"lost {lost} rows and gained {gained}" in found.reasons[0].text


def test_too_few_labels_wait_and_keep_at_the_end() -> None:
    rows = many(right=0, wrong=10, unlabelled=100)
    assert judge_probation(rows, ["b"] * 110, spec(), accepted=0.9, ended=False).outcome == "wait"
    assert judge_probation(rows, ["b"] * 110, spec(), accepted=0.9, ended=True).outcome == "keep"


def test_regression_compares_absolute_errors_on_the_same_rows() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    worse = [answered(seq, float(y + 1.0), float(y)) for seq, y in enumerate(truth)]
    good = [float(y + rng.normal(0, 0.3)) for y in truth]
    assert judge_probation(worse, good, spec("regression"), accepted=1.0, ended=True).outcome == "rollback"
    better = [answered(seq, value, float(y)) for seq, (value, y) in enumerate(zip(good, truth, strict=True))]
    bad = [float(y + 1.0) for y in truth]
    assert judge_probation(better, bad, spec("regression"), accepted=1.0, ended=True).outcome == "keep"


def test_equal_numbers_are_not_worse() -> None:
    rows = [answered(seq, 1.0, 2.0) for seq in range(50)]
    assert judge_probation(rows, [1.0] * 50, spec("regression"), accepted=1.0, ended=False).outcome == "wait"


def test_rows_that_are_gone_over_in_stretches_are_judged_as_all_at_once() -> None:
    rng = np.random.default_rng(5)
    rows, old = _streams(rng, 0.15, 400)
    parts = [pairs_of(rows[first : first + 90], old[first : first + 90], spec()) for first in (360, 0, 270, 90, 180)]
    found = judge_pairs(Pairs.joined(parts), spec(), accepted=0.9, ended=False)
    assert found == judge_probation(rows, old, spec(), accepted=0.9, ended=False)
    assert judge_pairs(Pairs.joined([]), spec(), accepted=0.9, ended=True).outcome == "keep"


def test_answers_must_belong_to_the_rows() -> None:
    with pytest.raises(ValueError, match="shorter"):
        judge_probation(many(right=40, wrong=0), ["a"] * 39, spec(), accepted=0.9, ended=True)


def _streams(rng: np.random.Generator, error: float, rows: int) -> tuple[list, list[str]]:  # type: ignore[type-arg]
    """Rows that the new champion gets wrong at `error`, and answers of an old one that is wrong at 10 %."""
    wrong, old = rng.random(rows) < error, rng.random(rows) < 0.10
    made = [answered(seq, "b" if one else "a", "a") for seq, one in enumerate(wrong)]
    return made, ["b" if one else "a" for one in old]


def test_a_champion_that_doubles_the_error_is_taken_back_within_500_labels() -> None:
    rng = np.random.default_rng(21)
    rolled = 0
    for _ in range(40):
        rows, old = _streams(rng, 0.20, 500)
        rolled += judge_probation(rows, old, spec(), accepted=0.9, ended=False).outcome == "rollback"
    assert rolled >= 36, "95 % are asked of the benchmark; 36 of 40 are missed once in 250 runs at 96.5 %"


def test_a_champion_as_good_as_the_old_one_is_kept_however_often_it_is_looked_at() -> None:
    rng = np.random.default_rng(22)
    for _ in range(15):
        rows, old = _streams(rng, 0.10, 2_000)
        assert judge_probation(rows, old, spec(), accepted=0.9, ended=True).outcome == "keep"


def test_a_world_that_becomes_hard_for_both_takes_nobody_back() -> None:
    rng = np.random.default_rng(23)
    hard = rng.random(800) < 0.3
    rows = [answered(seq, "b" if one else "a", "a") for seq, one in enumerate(hard)]
    old = ["b" if one else "a" for one in rng.permutation(hard)]
    found = judge_probation(rows, old, spec(), accepted=0.9, ended=False)
    assert found.outcome == "wait"
    assert "it is not the new one's fault" in found.reasons[1].text


def test_the_verdict_does_not_depend_on_the_order_in_which_rows_are_given() -> None:
    rows, old = _streams(np.random.default_rng(24), 0.16, 400)
    there = judge_probation(rows, old, spec(), accepted=0.9, ended=False)
    back = judge_probation(rows[::-1], old[::-1], spec(), accepted=0.9, ended=False)
    assert there == back
