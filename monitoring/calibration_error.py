"""How far confidence is from accuracy, against what a perfectly calibrated model would show by chance.

The error is above 0 for a perfect model too (.05 at 200 rows is usual), so on its own it says nothing. The chance
level is simulated from the confidences themselves, with a fixed seed: the same window gives the same figures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BINS = 15
SIMULATIONS = 500
_SEED = 20_240_229


def calibration_figures(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> dict[str, float]:
    """`ece`; `ece_null_95`, what a perfect model exceeds in one window of twenty; `ece_exceeds_null`, 1 or 0."""
    found, null = expected_calibration_error(confidence, right), null_quantile(confidence)
    return {"ece": found, "ece_null_95": null, "ece_exceeds_null": float(found > null)}


def expected_calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The mean gap between confidence and accuracy over 15 equal bins, weighed by rows (Naeini et al. 2015).

    >>> round(expected_calibration_error(np.array([0.9, 0.9, 0.9, 0.9]), np.array([True, True, True, False])), 3)
    0.15
    """
    return _gap(_bins(confidence), confidence, right)


def null_quantile(confidence: NDArray[np.float64], share: float = 0.95) -> float:
    """The quantile of the error over simulated windows in which every confidence is exactly right.

    Source: Vaicenavicius et al. 2019, "Evaluating model calibration in classification" (consistency resampling,
    Bröcker and Smith 2007).
    """
    rng, bins = np.random.default_rng(_SEED), _bins(confidence)
    errors = [_gap(bins, confidence, rng.random(len(confidence)) < confidence) for _ in range(SIMULATIONS)]
    return float(np.quantile(errors, share))


def _bins(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)


def _gap(bins: NDArray[np.int64], confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    gaps = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum()) / len(confidence)
