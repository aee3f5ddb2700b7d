from __future__ import annotations

import numpy as np
import pytest

from monitoring.importance import column_weights

INPUTS = {"x": (0,), "unused": (1,), "site": (2, 3)}


def test_what_the_model_does_not_use_weighs_nothing_and_the_mean_is_one() -> None:
    weights = column_weights(np.array([2.0, 0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.5, 0.5]), INPUTS)
    assert weights == pytest.approx({"x": 2.0, "unused": 0.0, "site": 1.0})


def test_a_column_that_never_varied_counts_as_if_it_could() -> None:
    weights = column_weights(np.array([1.0, 1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.5, 0.5]), INPUTS)
    assert weights["unused"] == weights["x"] == pytest.approx(1.5)


def test_a_model_that_looks_at_nothing_weighs_all_the_same() -> None:
    assert column_weights(np.zeros(4), np.ones(4), INPUTS) == dict.fromkeys(INPUTS, 1.0)
    assert column_weights(np.full(4, np.nan), np.ones(4), INPUTS) == dict.fromkeys(INPUTS, 1.0)
