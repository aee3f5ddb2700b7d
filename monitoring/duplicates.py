"""Rows that repeat another one shortly before. It knows nothing of ids: a row is what the model is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BLOCK = 500
"""Repeats are counted within so many rows in order of arrival: among more rows, more repeat by chance."""
_PRIME = np.uint64(0x9E3779B97F4A7C15)
Hashes = NDArray[np.uint64]


def repeats_in(
    frame: pd.DataFrame, columns: Sequence[str], places: Mapping[str, NDArray[np.int64]] | None = None
) -> tuple[int, int]:
    """(rows that repeat an earlier row of their block in these columns, rows looked at); of no columns none are.

    `places` spare work: for a column a number for each row, or for more rows than there are, equal where values are.

    >>> repeats_in(pd.DataFrame({"x": [1, 2, 1, 1], "y": ["a", "a", "a", "b"]}), ["x", "y"])
    (1, 4)
    """
    if not columns or not len(frame):
        return 0, 0
    hashed = _hashed(frame, columns, places or {})
    whole = len(hashed) // BLOCK * BLOCK
    found = sum(_repeated(block) for block in (hashed[:whole].reshape(-1, BLOCK), hashed[None, whole:]))
    return found, len(frame)


def _repeated(blocks: Hashes) -> int:
    """Of blocks × rows, how many equal an earlier one of their block."""
    ordered = np.sort(blocks, axis=1)
    return int((ordered[:, 1:] == ordered[:, :-1]).sum())


def _hashed(frame: pd.DataFrame, columns: Sequence[str], places: Mapping[str, NDArray[np.int64]]) -> Hashes:
    """A number for each row, to be compared with those of the same frame alone. Multiplied and folded per column (as in
    Fowler, Noll and Vo's hash), so that two rows of 500 are taken for one another once in 10^14 blocks."""
    rows = np.zeros(len(frame), dtype=np.uint64)
    for name in columns:
        rows ^= _as_bits(places[name][: len(frame)]) if name in places else _bits(frame[name])
        rows *= _PRIME
        rows ^= rows >> np.uint64(32)
    return rows


def _bits(column: pd.Series) -> Hashes:
    """64 bits that are equal where values are."""
    if pd.api.types.is_numeric_dtype(column):
        numbers: np.ndarray = column.to_numpy(dtype=np.float64, na_value=np.nan)
        bits: Hashes = (numbers + 0.0).view(np.uint64)  # of -0.0 and 0.0, which are one number
        return bits
    codes, _ = pd.factorize(column.map(str, na_action="ignore") if column.dtype == object else column)
    return _as_bits(codes)


def _as_bits(places: NDArray[np.int64]) -> Hashes:
    bits: Hashes = places.astype(np.int64, copy=False).view(np.uint64)
    return bits
