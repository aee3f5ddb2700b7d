"""The windows that are timed: 20 normal columns and 5 of ten categories. numpy and pandas alone, since peers draw the
same ones in their own environments."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import TypeVar

import numpy as np
import pandas as pd

NUMBERS, CATEGORIES = 20, 5
KINDS = {f"n{place}": "numeric" for place in range(NUMBERS)} | {
    f"c{place}": "categorical" for place in range(CATEGORIES)
}
NAMES = np.array([f"site {place}" for place in range(10)], dtype=object)
WINDOWS, WINDOW_ROWS = 30, 10_000
Result = TypeVar("Result")


def frame(rows: int, rng: np.random.Generator, shift: float = 0.0) -> pd.DataFrame:
    """20 normal columns and 5 of ten categories."""
    made: dict[str, np.ndarray] = {f"n{place}": rng.normal(shift, 1.0, rows) for place in range(NUMBERS)}
    made |= {f"c{place}": rng.choice(NAMES, rows) for place in range(CATEGORIES)}
    return pd.DataFrame(made)


def pair(size: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A reference and a window of the same size."""
    rng = np.random.default_rng(seed)
    return frame(size, rng), frame(size, rng, shift=0.002)


def thirty(seed: int) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """A reference and thirty windows."""
    rng = np.random.default_rng(seed)
    return frame(WINDOW_ROWS, rng), [frame(WINDOW_ROWS, rng) for _ in range(WINDOWS)]


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """(what it gave, CPU seconds of this process)."""
    start = process_time()
    result = work()
    return result, process_time() - start
