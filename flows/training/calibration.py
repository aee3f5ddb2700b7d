"""How sure a network may be, measured on rows it did not train on: a temperature, or the width of an interval.

Sources: Guo et al. 2017, "On calibration of modern neural networks"; split conformal prediction, Vovk, Gammerman and
Shafer 2005, "Algorithmic learning in a random world", and Lei et al. 2018, "Distribution-free predictive inference
for regression". It knows nothing of networks.
"""

from __future__ import annotations

import math

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


def conformal_half_width(errors: np.ndarray, coverage: float) -> float | None:
    """Half the width of the interval around an answer that holds the truth at least `coverage` of the time.

    The ceil((n + 1)·coverage)-th smallest absolute error, which is exact for rows that are exchangeable with these;
    a stream that drifts breaks that, so the coverage is measured again on every later window. None when n rows are
    too few to promise it.

    Args:
        errors: n, answer minus truth, of rows that the network did not train on.

    >>> conformal_half_width(np.arange(1.0, 20.0), 0.9)
    18.0
    >>> conformal_half_width(np.arange(8.0), 0.9) is None
    True
    """
    rank = math.ceil((len(errors) + 1) * coverage)
    return float(np.sort(np.abs(errors))[rank - 1]) if rank <= len(errors) else None
