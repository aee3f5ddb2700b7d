"""Random numbers that depend on the seed and the row alone, never on the scenario.

So a production with a change and one without it agree to the byte in every row that the change leaves alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
"""Single precision: n × side × side, or n × 1 × 1 for one number a picture."""

CHUNK_ROWS = 240


class Chance:
    """The random numbers of one chunk of `CHUNK_ROWS` parts, one number a part and call, shaped n × 1 × 1.

    Every renderer must make the same calls whatever the part looks like, or later draws shift.
    """

    def __init__(self, seed: int, chunk: int) -> None:
        self._random = np.random.default_rng([seed, chunk])

    def plain(self) -> NDArray[np.float64]:
        """Uniform in 0..1, shape (n,)."""
        return self._random.random(CHUNK_ROWS)

    def uniform(self, low: float, high: float) -> Field:
        """Uniform between `low` and `high`."""
        return (low + (high - low) * self.plain()).astype(np.float32)[:, None, None]

    def normal(self, mean: float, spread: float) -> Field:
        """Normal, cut at 2.5 standard deviations."""
        draws = np.clip(self._random.standard_normal(CHUNK_ROWS), -2.5, 2.5)
        return (mean + spread * draws).astype(np.float32)[:, None, None]

    def choice(self, values: Sequence[float]) -> Field:
        """One of `values`, each as likely."""
        picks = np.minimum((self.plain() * len(values)).astype(np.int64), len(values) - 1)
        return np.asarray(values, dtype=np.float32)[picks][:, None, None]

    def noise(self, side: int) -> Field:
        """White noise, n × side × side."""
        return self._random.standard_normal((CHUNK_ROWS, side, side), dtype=np.float32)
