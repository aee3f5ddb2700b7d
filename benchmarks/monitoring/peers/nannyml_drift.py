"""What NannyML's univariate drift costs: `SEED SIZE…` → CPU seconds of a window of each size, and of thirty at once.

Jensen-Shannon for every column, as its defaults are; what importing it and a first small window cost is not counted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module

import pandas as pd

from benchmarks.monitoring.frames import KINDS, WINDOW_ROWS, pair, thirty, timed


def main(words: Sequence[str]) -> None:
    """Print the CPU seconds by size; `thirty` for the thirty windows."""
    seed, *sizes = (int(word) for word in words)
    compare(*pair(1_000, seed), rows=1_000)
    found = {}
    for size in sizes:
        before, after = pair(size, seed)
        found[str(size)] = timed(partial(compare, before, after, rows=size))[1]
    reference, windows = thirty(seed)
    found["thirty"] = timed(lambda: compare(reference, pd.concat(windows, ignore_index=True), rows=WINDOW_ROWS))[1]
    print(json.dumps(found))


def compare(reference: pd.DataFrame, current: pd.DataFrame, *, rows: int) -> int:
    """How many chunks of `rows` it compared with the reference, which it sums up once."""
    calculator = import_module("nannyml").UnivariateDriftCalculator(
        column_names=list(KINDS),
        treat_as_categorical=[name for name, kind in KINDS.items() if kind == "categorical"],
        continuous_methods=["jensen_shannon"],
        categorical_methods=["jensen_shannon"],
        chunk_size=rows,
    )
    calculator.fit(reference)
    return len(calculator.calculate(current).filter(period="analysis").to_df())


if __name__ == "__main__":
    main(sys.argv[1:])
