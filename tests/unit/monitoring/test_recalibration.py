"""Confidence becomes the share of right answers that it was lately, however wrong it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.recalibration import recalibrate


@pytest.mark.parametrize(("said", "was"), [(0.95, 0.7), (0.6, 0.99), (0.999, 0.2), (0.5, 0.5), (1.0, 0.9)])
def test_one_confidence_becomes_its_share(said: float, was: float) -> None:
    right = np.arange(2000) < 2000 * was
    line = recalibrate(np.full(2000, said), right)
    assert line.chance_right(np.array([said]))[0] == pytest.approx(was, abs=0.02)


def test_few_rows_move_it_little_and_leave_it_uncertain() -> None:
    few, many = (recalibrate(np.full(n, 0.8), np.zeros(n, dtype=bool)) for n in (2, 2000))
    assert few.chance_right(np.array([0.8]))[0] > 0.5
    assert many.chance_right(np.array([0.8]))[0] < 0.05
    steady = recalibrate(np.full(2000, 0.8), np.arange(2000) % 5 > 0)
    assert few.mean_error(np.array([0.8])) > 5.0 * steady.mean_error(np.array([0.8]))


def test_its_error_is_what_repeated_fits_show() -> None:
    rng = np.random.default_rng(0)
    asked = rng.uniform(0.5, 1.0, 500)
    means, said = [], []
    for _ in range(200):
        confidence = rng.uniform(0.5, 1.0, 400)
        line = recalibrate(confidence, rng.random(400) < confidence)
        means.append(line.chance_right(asked).mean())
        said.append(line.mean_error(asked))
    assert np.mean(said) == pytest.approx(np.std(means), rel=0.25)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), max_size=50))
def test_any_rows_give_a_chance(pairs: list[tuple[float, bool]]) -> None:
    line = recalibrate(np.array([one for one, _ in pairs]), np.array([two for _, two in pairs], dtype=bool))
    chance = line.chance_right(np.linspace(0.0, 1.0, 11))
    assert np.isfinite(chance).all()
    assert np.isfinite(line.mean_error(np.linspace(0.0, 1.0, 11)))
