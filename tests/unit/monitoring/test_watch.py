from __future__ import annotations

import numpy as np
import pytest

from monitoring.watch import Outcome, judge_probation
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
        (8, 2, False, "wait", "worse, but it may be chance (p = 0.055)"),
        (14, 2, False, "rollback", "significantly worse"),
        (2, 40, False, "wait", "better; probation goes on"),
        (2, 40, True, "keep", "better, and probation is over"),
    ],
)
def test_probation(lost: int, gained: int, ended: bool, outcome: Outcome, why: str) -> None:
    rows, old = _compared(lost, gained, same=100)
    found = judge_probation(rows, old, spec(), ended=ended)
    assert found.outcome == outcome, why
    assert found.reasons[0].figure is not None
    assert f"lost {lost} rows and gained {gained}" in found.reasons[0].text


def test_too_few_labels_wait_and_keep_at_the_end() -> None:
    rows = many(right=0, wrong=10, unlabelled=100)
    assert judge_probation(rows, ["b"] * 110, spec(), ended=False).outcome == "wait"
    assert judge_probation(rows, ["b"] * 110, spec(), ended=True).outcome == "keep"


def test_regression_compares_absolute_errors_on_the_same_rows() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    worse = [answered(seq, float(y + 1.0), float(y)) for seq, y in enumerate(truth)]
    good = [float(y + rng.normal(0, 0.3)) for y in truth]
    assert judge_probation(worse, good, spec("regression"), ended=True).outcome == "rollback"
    better = [answered(seq, value, float(y)) for seq, (value, y) in enumerate(zip(good, truth, strict=True))]
    bad = [float(y + 1.0) for y in truth]
    assert judge_probation(better, bad, spec("regression"), ended=True).outcome == "keep"


def test_equal_numbers_are_not_worse() -> None:
    rows = [answered(seq, 1.0, 2.0) for seq in range(50)]
    assert judge_probation(rows, [1.0] * 50, spec("regression"), ended=False).outcome == "wait"


def test_answers_must_belong_to_the_rows() -> None:
    with pytest.raises(ValueError, match="shorter"):
        judge_probation(many(right=40, wrong=0), ["a"] * 39, spec(), ended=True)
