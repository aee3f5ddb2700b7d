"""Which of many rows are drawn, so that every stretch of time is among them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def even_places(rows: int, most: int) -> npt.NDArray[np.int64]:
    """At most `most` places of `rows`, evenly spaced, the first and the last among them; all where that is no more.

    >>> even_places(6, 3).tolist(), even_places(2, 3).tolist(), even_places(0, 3).tolist()
    ([0, 2, 5], [0, 1], [])
    """
    return np.linspace(0, max(rows - 1, 0), min(rows, most)).round().astype(np.int64)
