from __future__ import annotations

import numpy as np
import pytest

from flows.training.resampling import luck, resampled_means


def test_resampled_means_spread_as_the_mean_of_independent_rows_does() -> None:
    rows = (np.random.default_rng(0).random(900) < 0.2).astype(np.float64)
    means = resampled_means(rows[None, :], np.random.default_rng(1))
    assert means.mean() == pytest.approx(rows.mean(), abs=0.003)
    assert means.std() == pytest.approx(np.sqrt(0.2 * 0.8 / 900), rel=0.2)


def test_rows_that_err_together_spread_wider() -> None:
    rows = np.repeat((np.random.default_rng(0).random(90) < 0.2).astype(np.float64), 10)
    means = resampled_means(rows[None, :], np.random.default_rng(1))
    assert means.std() > 1.7 * np.sqrt(0.2 * 0.8 / 900)


def test_all_losses_are_resampled_by_the_same_rows() -> None:
    rows = np.random.default_rng(0).random((1, 100))
    means = resampled_means(np.vstack([rows, rows + 1]), np.random.default_rng(1))
    assert means[:, 1] - means[:, 0] == pytest.approx(np.ones(len(means)))


def test_the_luck_of_the_draw_is_scaled_to_all_labels_and_leans_on_what_is_assumed() -> None:
    rng = np.random.default_rng(0)
    drawn = {share: rng.normal(0.2, 0.02 / np.sqrt(share), size=400).tolist() for share in (0.125, 0.5)}
    assert luck(drawn, 0.5) == pytest.approx(0.02, rel=2)
    assert luck(drawn, 0.02) == pytest.approx(0.02, rel=0.1)
    assert luck({0.5: [0.3], 1.0: [0.2]}, 0.04) == pytest.approx(0.04)
