"""The headline metric with its interval. It knows losses and confidence levels, and nothing of rows or windows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infra.spec import ModelSpec


def headline(losses: NDArray[np.float64], spec: ModelSpec) -> tuple[float, float, float]:
    """(value, low, high) of the headline metric with confidence 1 - alpha: accuracy, or MAE."""
    if spec.task == "classification":
        right = int((losses == 0.0).sum())
        low, high = wilson(right, len(losses), spec.monitoring.alpha)
        return right / len(losses), low, high
    low, high = mean_interval(losses, spec.monitoring.alpha)
    return float(losses.mean()), max(0.0, low), high


def wilson(successes: int, trials: int, alpha: float) -> tuple[float, float]:
    """The two-sided score interval of a share with confidence 1 - alpha (Wilson 1927).

    >>> [round(bound, 4) for bound in wilson(450, 500, 0.05)]
    [0.8706, 0.9233]
    """
    z = float(stats.norm.isf(alpha / 2))
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * float(np.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2))
    scale = 1 + z * z / trials
    low = max(0.0, (centre - spread) / scale) if successes else 0.0  # not 1e-18, which a person would be shown
    return low, min(1.0, (centre + spread) / scale) if successes < trials else 1.0


def mean_interval(values: NDArray[np.float64], alpha: float) -> tuple[float, float]:
    """The two-sided Student interval of a mean with confidence 1 - alpha, from at least two values.

    >>> [round(bound, 3) for bound in mean_interval(np.array([1.0, 2.0, 3.0, 4.0]), 0.05)]
    [0.446, 4.554]
    """
    largest = float(np.abs(values).max()) or 1.0
    error = float(np.std(values / largest, ddof=1)) * largest / float(np.sqrt(len(values)))  # scaled: no overflow
    reach = float(stats.t.isf(alpha / 2, len(values) - 1)) * error
    return float(values.mean()) - reach, float(values.mean()) + reach
