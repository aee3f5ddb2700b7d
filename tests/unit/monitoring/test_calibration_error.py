"""The calibration error of a perfect model is not called one, and that of an overconfident model is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitoring.calibration_error import calibration_figures, expected_calibration_error


def _confidences(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return 0.5 + 0.5 * rng.beta(4.0, 2.0, n)


def test_a_perfect_model_shows_an_error_and_seldom_exceeds_its_chance_level() -> None:
    rng, found = np.random.default_rng(0), []
    for _ in range(300):
        confidence = _confidences(200, rng)
        found.append(calibration_figures(confidence, rng.random(200) < confidence))
    assert 0.04 < np.mean([figures["ece"] for figures in found]) < 0.08
    assert 0.02 <= np.mean([figures["ece_exceeds_null"] for figures in found]) <= 0.08


def test_a_model_ten_points_too_sure_is_seen_in_a_thousand_rows() -> None:
    rng = np.random.default_rng(1)
    confidence = _confidences(1000, rng)
    figures = calibration_figures(confidence, rng.random(1000) < confidence - 0.1)
    assert figures["ece"] > figures["ece_null_95"]
    assert figures["ece_exceeds_null"] == 1.0


def test_the_same_window_gives_the_same_figures_again() -> None:
    rng = np.random.default_rng(2)
    confidence = _confidences(300, rng)
    right = rng.random(300) < confidence
    assert calibration_figures(confidence, right) == calibration_figures(confidence, right)


def test_certainty_that_is_right_has_no_error() -> None:
    assert expected_calibration_error(np.ones(50), np.ones(50, dtype=bool)) == 0.0
    assert calibration_figures(np.ones(50), np.ones(50, dtype=bool))["ece_exceeds_null"] == 0.0
