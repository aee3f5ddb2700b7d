"""A home with fifty models and one of them with a long life; a few of them in trouble."""

from __future__ import annotations

import numpy as np

from benchmarks.pages.life import write_life
from infra.ports import Ports

LONG = "long"
"""The model with the long life; the others are numbered."""
MODELS, FEATURES, LONG_FEATURES = 50, 20, 100
SHAPED = 20
"""The newest windows of the long life whose distributions are kept."""
_TROUBLED_EVERY = 12


def make_home(ports: Ports, *, windows: int, long_windows: int, seed: int) -> None:
    """Fifty models; each with `windows` windows of 20 features, and one with `long_windows` of 100."""
    rng = np.random.default_rng(seed)
    for place in range(MODELS - 1):
        ages = place % _TROUBLED_EVERY == 0
        write_life(ports, f"model-{place:02d}", windows=windows, features=FEATURES, rng=rng, ages=ages)
    write_life(ports, LONG, windows=long_windows, features=LONG_FEATURES, rng=rng, ages=True, shaped=SHAPED)
