from __future__ import annotations

import numpy as np
import pandas as pd

from monitoring.runs import longest_runs


def test_a_run_ends_where_the_value_changes_and_goes_on_over_missing_ones() -> None:
    frame = pd.DataFrame(
        {
            "n": [1.0, 1.0, np.nan, 1.0, 2.0, 2.0],
            "text": ["a", "b", None, "b", "b", "a"],
            "mixed": [1, "1", "1", 1, 1, 1],
            "none": [None] * 6,
        }
    )
    assert longest_runs(frame) == {"n": 3, "text": 3, "mixed": 3, "none": 0}


def test_of_no_rows_there_is_no_run() -> None:
    assert longest_runs(pd.DataFrame({"n": np.array([], dtype=float)})) == {"n": 0}
