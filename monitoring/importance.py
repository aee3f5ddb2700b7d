"""How much a model uses each column, so that what it does not look at weighs less when it drifts.

The mean absolute gradient of the answer by each of the network's inputs, times the deviation of that input, is what
an ordinary change of it does to the answer (a first-order sensitivity, as in Zurada et al. 1994, "Sensitivity
analysis for minimization of input data dimension"). Pure arithmetic: the gradients come from whoever has the network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def column_weights(
    sensitivity: NDArray[np.float64], deviations: NDArray[np.float64], inputs: Mapping[str, Sequence[int]]
) -> dict[str, float]:
    """Weight of each column, 1 on the mean; all 1 for a model that looks at nothing.

    `sensitivity` (width,) is the mean absolute gradient by each input, `deviations` (width,) their standard
    deviations on the same rows, `inputs` the places of each column in the network's input: those of a category are
    summed. A column that never varies there counts with a deviation of 1, since a change of it would be new to the
    network.

    >>> gradients, deviations = np.array([3.0, 0.5, 0.5]), np.array([1.0, 0.5, 0.5])
    >>> column_weights(gradients, deviations, {"x": [0], "site": [1, 2]})
    {'x': 1.7142857142857142, 'site': 0.2857142857142857}
    """
    used: dict[str, float] = {}
    for name, places in inputs.items():
        spread = deviations[list(places)]
        if not spread.any():
            spread = np.ones_like(spread)
        used[name] = float((sensitivity[list(places)] * spread).sum())
    mean = sum(used.values()) / len(used) if used else 0.0
    if mean <= 0.0 or not np.isfinite(mean):
        return dict.fromkeys(used, 1.0)
    return {name: value / mean for name, value in used.items()}
