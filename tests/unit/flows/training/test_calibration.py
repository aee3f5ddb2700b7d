"""The temperature undoes a confidence that is too high or too low."""

from __future__ import annotations

import numpy as np
import pytest

from flows.training.calibration import HIGHEST, LOWEST, conformal_half_width, fit_temperature


@pytest.mark.parametrize("factor", [0.7, 1.0, 3.0])
def test_finds_the_factor_that_logits_were_multiplied_by(factor: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (20_000, 3))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    places = (rng.random((20_000, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    assert fit_temperature(logits * factor, places) == pytest.approx(factor, rel=0.05)


def test_is_held_within_its_bounds() -> None:
    logits = np.array([[5.0, 0.0], [0.0, 5.0]])
    assert fit_temperature(logits, np.array([0, 1])) == pytest.approx(LOWEST, rel=1e-3)
    assert fit_temperature(logits, np.array([1, 0])) == pytest.approx(HIGHEST, rel=1e-3)


def test_is_one_without_rows() -> None:
    assert fit_temperature(np.zeros((0, 2)), np.zeros(0, dtype=np.int64)) == 1.0


@pytest.mark.parametrize(("rows", "coverage"), [(19, 0.9), (60, 0.9), (200, 0.8)])
def test_conformal_intervals_hold_the_truth_as_often_as_they_promise(rows: int, coverage: float) -> None:
    """Over 2,000 seeded draws of calibration and test rows from a skewed, heavy-tailed distribution of errors."""
    rng, held = np.random.default_rng(0), []
    for _ in range(2_000):
        half_width = conformal_half_width(rng.standard_t(3, size=rows) + rng.exponential(size=rows), coverage)
        assert half_width is not None
        held.append(abs(rng.standard_t(3) + rng.exponential()) <= half_width)
    allowed = 3 * (coverage * (1 - coverage) / len(held)) ** 0.5  # three standard errors
    assert np.mean(held) >= coverage - allowed
    assert np.mean(held) <= coverage + 1 / (rows + 1) + allowed  # and hardly more often: they are no wider than need be


def test_too_few_rows_promise_no_interval() -> None:
    assert conformal_half_width(np.zeros(8), 0.9) is None
    assert conformal_half_width(np.zeros(9), 0.9) == 0.0
