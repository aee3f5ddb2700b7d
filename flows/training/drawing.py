"""Which rows of a large history or window are drawn, so that every stretch of time is among them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def places_rounded_down(rows: int, most: int) -> npt.NDArray[np.int64]:
    """At most `most` places of `rows`, evenly spaced, the first and the last among them.

    `monitoring.drawing.even_places` rounds to the nearest; what is on record of such histories was drawn so.

    >>> places_rounded_down(6, 3).tolist(), places_rounded_down(2, 3).tolist()
    ([0, 2, 5], [0, 1])
    """
    return np.unique(np.linspace(0, rows - 1, min(most, rows)).astype(np.int64))
