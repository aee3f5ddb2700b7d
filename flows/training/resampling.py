"""How sure the points of a learning curve are: resampled held-out rows, and the luck of which labels were drawn.

Rows are resampled in blocks, since neighbours in time err together (Künsch 1989). Pure numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
RESAMPLES = 400
ASSUMED_DRAWS = 2


def resampled_means(losses: Array, rng: np.random.Generator) -> Array:
    """Means of every row of `losses` (T × n) over the same resampled columns: RESAMPLES × T."""
    rows = losses.shape[1]
    length = max(1, round(rows ** (1 / 3)))
    blocks = -(-rows // length)
    starts = rng.integers(0, rows, size=(RESAMPLES, blocks))
    sums = np.concatenate([losses, losses[:, :length]], axis=1).cumsum(axis=1)  # circular
    sums = np.concatenate([np.zeros((len(losses), 1)), sums], axis=1)  # T × (n + length + 1)
    of_block = (sums[:, length : length + rows] - sums[:, :rows]) / length  # T × n, by where the block starts
    means: Array = of_block[:, starts].mean(axis=2).T
    return means


def luck(values: Mapping[float, Sequence[float]], assumed: float) -> float:
    """Standard deviation of a training on all labels due to which were drawn, from shares that were drawn repeatedly.

    The variance is taken to fall with the number of labels. What was `assumed` weighs as much as ASSUMED_DRAWS
    repeated ones, so that one lucky pair does not look like certainty.

    >>> round(luck({0.25: [0.1, 0.3], 1.0: [0.2]}, 0.05), 3)
    0.058
    """
    repeated = {share: np.asarray(found) for share, found in values.items() if len(found) > 1}
    freedom = sum(len(found) - 1 for found in repeated.values())
    squares = sum(share * float(((found - found.mean()) ** 2).sum()) for share, found in repeated.items())
    return float(np.sqrt((squares + ASSUMED_DRAWS * assumed**2) / (freedom + ASSUMED_DRAWS)))
