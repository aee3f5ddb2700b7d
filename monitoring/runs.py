"""How long a column stood still in the reference: what is a fault in one column is another's way.

It knows nothing of time: rows are consecutive, in the order given.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def longest_runs(frame: pd.DataFrame) -> dict[str, int]:
    """For each column, the most rows in a row with one value; missing ones are passed over.

    >>> longest_runs(pd.DataFrame({"x": [1.0, 2.0, None, 2.0, 2.0, 3.0], "site": ["a", "b", "a", "b", "a", "b"]}))
    {'x': 3, 'site': 1}
    """
    return {str(name): _longest_run(frame[name]) for name in frame}


def _longest_run(column: pd.Series) -> int:
    values = column.dropna().to_numpy()
    if not len(values):
        return 0
    ends = np.append(np.flatnonzero(values[1:] != values[:-1]), len(values) - 1)
    return int(np.diff(ends, prepend=-1).max())
