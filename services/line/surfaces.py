"""The six kinds of surface a part can have, and how often each occurs.

It knows nothing of pictures or of time: whether inclusions occur at a row is the scenario's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Surface = Literal["good", "scratch", "pit", "stain", "dent", "inclusion"]
SURFACES: tuple[Surface, ...] = ("good", "scratch", "pit", "stain", "dent", "inclusion")

SHARES: Mapping[Surface, float] = MappingProxyType(
    {"good": 0.66, "scratch": 0.085, "pit": 0.085, "stain": 0.085, "dent": 0.085}
)
SHARES_WITH_INCLUSIONS: Mapping[Surface, float] = MappingProxyType(
    {"good": 0.60, "scratch": 0.075, "pit": 0.075, "stain": 0.075, "dent": 0.075, "inclusion": 0.10}
)


def choose_surfaces(chance: NDArray[np.float64], inclusions: NDArray[np.bool_]) -> NDArray[np.int64]:
    """One surface for each part, as an index into `SURFACES`.

    `chance` (n,) is uniform in 0..1; `inclusions` (n,) says for which parts they can occur.
    """
    without, with_them = (_upper_bounds(shares) for shares in (SHARES, SHARES_WITH_INCLUSIONS))
    return np.where(
        inclusions,
        np.searchsorted(with_them, chance, side="right"),
        np.searchsorted(without, chance, side="right"),
    )


def _upper_bounds(shares: Mapping[Surface, float]) -> NDArray[np.float64]:
    bounds = np.cumsum([shares.get(surface, 0.0) for surface in SURFACES[:-1]])
    return bounds if "inclusion" in shares else bounds[:-1]
