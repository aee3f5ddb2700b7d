"""Losses counted in parts against the losses of all rows at once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.exact_sums import ExactSum
from monitoring.intervals import headline
from monitoring.scores import ScoreTally
from tests.builders import spec

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


@settings(max_examples=60, deadline=None)
@given(numbers=st.lists(NUMBERS, max_size=40), cut=st.integers(0, 40), order=st.randoms(use_true_random=False))
def test_a_sum_is_exact_whatever_the_order_and_the_parts(numbers: list[float], cut: int, order: object) -> None:
    shuffled = [*numbers]
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    whole, parts, other = ExactSum(), ExactSum(), ExactSum()
    whole.add(np.array(numbers, dtype=np.float64))
    parts.add(np.array(shuffled[:cut], dtype=np.float64))
    other.add(np.array(shuffled[cut:], dtype=np.float64))
    parts.merge(other)
    assert whole.value == parts.value == sum((Fraction(number) for number in numbers), Fraction(0))


def test_a_sum_of_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        ExactSum().add(np.array([1.0, np.nan]))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_headline_of_the_parts_is_that_of_all_rows(task: str) -> None:
    rng = np.random.default_rng(3)
    losses = (rng.random(5_000) < 0.2).astype(np.float64) if task == "classification" else rng.gamma(2.0, 3.0, 5_000)
    chosen, whole, tally = spec(task=task), ScoreTally(), ScoreTally()
    whole.add(losses, confident_errors=7)
    for part in np.split(losses, [1, 300, 300, 4_000]):
        other = ScoreTally()
        other.add(part)
        tally.merge(other)
    assert tally.headline(chosen) == whole.headline(chosen)
    assert whole.headline(chosen) == pytest.approx(headline(losses, chosen), rel=1e-12)
    assert (tally.labelled, whole.confident_errors) == (5_000, 7)
