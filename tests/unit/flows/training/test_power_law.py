from __future__ import annotations

import numpy as np
import pytest

from flows.training.power_law import fit_laws

SHARES = np.array([0.125, 0.25, 0.5, 1.0])


def law(errors: np.ndarray, precision: float = 1e8) -> tuple[float, float, float]:
    found = fit_laws(SHARES, errors[None, :], np.full(len(SHARES), precision))
    return float(found.limit[0]), float(found.gain[0]), float(found.exponent[0])


@pytest.mark.parametrize(
    ("limit", "gain", "exponent"),
    [(0.1, 0.05, 0.5), (0.0, 0.2, 0.3), (0.2, 0.01, 1.2)],
)
def test_finds_the_law_that_the_points_lie_on(limit: float, gain: float, exponent: float) -> None:
    found = law(limit + gain * SHARES**-exponent, 1e12)
    assert found == pytest.approx((limit, gain, exponent), rel=0.12, abs=0.015)


def test_points_that_get_no_better_have_no_gain_and_the_next_step_is_never_reached() -> None:
    laws = fit_laws(SHARES, np.array([[0.2, 0.2, 0.21, 0.2]]), np.full(4, 1e4))
    assert laws.gain[0] == 0.0
    assert laws.limit[0] == pytest.approx(0.2025)
    assert laws.share_for(laws.limit - 0.01)[0] == np.inf


def test_the_share_for_an_error_is_where_the_law_reaches_it() -> None:
    laws = fit_laws(SHARES, (0.1 + 0.08 * SHARES**-0.5)[None, :], np.full(4, 1e12))
    share = laws.share_for(np.array([0.17]))
    assert float(laws.error(share)[0]) == pytest.approx(0.17)
    assert share[0] == pytest.approx((0.08 / 0.07) ** 2, rel=0.1)
    assert laws.share_for(np.array([0.5]))[0] <= 1.0


def test_a_law_promises_neither_a_negative_error_nor_worse_by_more_labels() -> None:
    rng = np.random.default_rng(3)
    laws = fit_laws(SHARES, np.abs(rng.normal(0.05, 0.05, size=(500, 4))), np.full(4, 1e4))
    assert (laws.limit >= 0).all()
    assert (laws.gain >= 0).all()


def test_noise_moves_the_exponent_less_than_a_free_fit_would_let_it() -> None:
    rng = np.random.default_rng(0)
    curves = 0.1 + 0.03 * SHARES**-0.5 + rng.normal(0, 0.02, size=(400, 4))
    laws = fit_laws(SHARES, curves, np.full(4, 1 / 0.02**2))
    low, high = np.quantile(laws.exponent, (0.05, 0.95))
    assert 0.3 < low < 0.55 < high < 1.2
