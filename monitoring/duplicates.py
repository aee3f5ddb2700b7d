"""Rows that repeat another one shortly before. It knows nothing of ids: a row is what the model is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.domain.values import class_name
from monitoring.category_counts import name_hashes

BLOCK = 500
"""Repeats are counted within so many rows in order of arrival: among more rows, more repeat by chance."""
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MISSING = np.uint64(0x5BD1E9955BD1E995)
Hashes = NDArray[np.uint64]
Coded = tuple[NDArray[np.int64], pd.Index]
"""The place of each row's value among the different values of a column, -1 where it has none; those values."""


def repeats_in(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[int, int]:
    """(rows that repeat an earlier row of their block in these columns, rows looked at); of no columns none are.

    >>> repeats_in(pd.DataFrame({"x": [1, 2, 1, 1], "y": ["a", "a", "a", "b"]}), ["x", "y"])
    (1, 4)
    """
    if not columns or not len(frame):
        return 0, 0
    return repeats_among(row_hashes(frame, columns)), len(frame)


def repeats_among(hashes: Hashes) -> int:
    """How many of these rows, in order of arrival, equal an earlier one of their block."""
    whole = len(hashes) // BLOCK * BLOCK
    return sum(_repeated(block) for block in (hashes[:whole].reshape(-1, BLOCK), hashes[None, whole:]))


def row_hashes(frame: pd.DataFrame, columns: Sequence[str], coded: Mapping[str, Coded] | None = None) -> Hashes:
    """A number for each row, equal where rows are, whichever frame they are in; an absent column has one value.

    Multiplied and folded per column (as in Fowler, Noll and Vo's hash), so that two rows of 500 are taken for one
    another once in 10^14 blocks. `coded` spares work: what is known of the first rows of a column already.
    """
    rows = np.zeros(len(frame), dtype=np.uint64)
    for name in columns:
        if name in frame:
            rows ^= _of_codes(*coded[name], len(frame)) if coded and name in coded else _bits(frame[name])
        rows *= _PRIME
        rows ^= rows >> np.uint64(32)
    return rows


def _repeated(blocks: Hashes) -> int:
    """Of blocks × rows, how many equal an earlier one of their block."""
    ordered = np.sort(blocks, axis=1)
    return int((ordered[:, 1:] == ordered[:, :-1]).sum())


def _bits(column: pd.Series) -> Hashes:
    """64 bits that are equal where values are. A number among words is what it is among numbers."""
    if pd.api.types.is_numeric_dtype(column):
        return _of_numbers(column)
    numbers = pd.to_numeric(column, errors="coerce")
    words = numbers.isna() & column.notna()
    codes, values = pd.factorize(column.where(words))
    hashed: Hashes = np.where(words, _of_codes(codes, values, len(column)), _of_numbers(numbers))
    return hashed


def _of_numbers(column: pd.Series) -> Hashes:
    numbers: np.ndarray = column.to_numpy(dtype=np.float64, na_value=np.nan)
    bits: Hashes = (numbers + 0.0).view(np.uint64)  # of -0.0 and 0.0, which are one number
    return bits


def _of_codes(codes: NDArray[np.int64], values: pd.Index, rows: int) -> Hashes:
    hashed = np.append(name_hashes([class_name(value) for value in values.tolist()]), _MISSING)
    taken: Hashes = hashed[codes[:rows]]  # -1, the missing ones, is the last
    return taken
