"""One temperature that makes a classifier's confidence honest on rows it did not train on.

Source: Guo et al. 2017, "On calibration of modern neural networks". It knows nothing of networks.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

LOWEST, HIGHEST = 0.5, 10.0
"""A few validation rows that are all right would otherwise ask for certainty."""


def fit_temperature(logits: np.ndarray, places: np.ndarray) -> float:
    """The temperature with the least log loss, 0.5..10; 1 when there are no rows.

    Args:
        logits: n × classes, float64.
        places: the true class of each row, as its place among the columns.
    """
    if not len(places):
        return 1.0
    above = logits - logits[np.arange(len(places)), places][:, None]  # over the true class's logit
    most = above.max(axis=1, keepdims=True)
    below = above - most  # at most 0, so that no power overflows

    def log_loss(log_temperature: float) -> float:
        temperature = np.exp(log_temperature)
        return float((np.log(np.exp(below / temperature).sum(axis=1)) + most[:, 0] / temperature).mean())

    found = minimize_scalar(log_loss, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded")
    return float(np.exp(found.x))
