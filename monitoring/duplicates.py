"""Rows that repeat another one shortly before. It knows nothing of ids: a row is what the model is given."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

BLOCK = 500
"""Repeats are counted within so many rows in order of arrival: among more rows, more repeat by chance."""


def repeats_in(frame: pd.DataFrame) -> tuple[int, int]:
    """(rows that repeat an earlier row of their block, rows looked at); rows of no columns are not looked at.

    >>> repeats_in(pd.DataFrame({"x": [1, 2, 1, 1], "y": ["a", "a", "a", "b"]}))
    (1, 4)
    """
    if frame.shape[1] == 0:
        return 0, 0
    found = 0
    for block in _blocks(_hashed(frame)):
        found += len(block) - len(np.unique(block))
    return found, len(frame)


def _hashed(frame: pd.DataFrame) -> np.ndarray:
    whole = np.zeros(len(frame), dtype=np.uint64)
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        if column.dtype == object:
            column = column.map(str, na_action="ignore")
        with np.errstate(over="ignore"):
            whole = whole * np.uint64(31) + pd.util.hash_array(_plain(column))
    return whole


def _plain(column: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(column):
        numbers: np.ndarray = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers
    codes, values = pd.factorize(column)
    hashes: np.ndarray = np.append(pd.util.hash_array(np.asarray(values, dtype=object)), np.uint64(0))
    chosen: np.ndarray = hashes[codes]
    return chosen


def _blocks(hashes: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(hashes), BLOCK):
        yield hashes[start : start + BLOCK]
