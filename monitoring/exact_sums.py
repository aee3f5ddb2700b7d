"""Sums of numbers without rounding: in whatever order and parts they are added, the sum is the same.

A float64 is a whole number of 53 bits times a power of two. Whole numbers are added up for each power, and only what
is asked for at the end is rounded, once. It knows nothing of what is summed.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_BITS = 53
_HALF = 27
_MOST_AT_ONCE = 2**25
"""Halves of so many numbers still add up exactly within a float64."""


class ExactSum:
    """The sum of what was added."""

    def __init__(self) -> None:
        self._by_power: Counter[int] = Counter()

    def add(self, numbers: NDArray[np.float64]) -> None:
        """Add finite numbers.

        Raises:
            ValueError: one is NaN or infinite.
        """
        if not np.isfinite(numbers).all():
            raise ValueError("a sum of NaN or an infinity tells nothing: leave them out before")
        for start in range(0, len(numbers), _MOST_AT_ONCE):
            self._add(numbers[start : start + _MOST_AT_ONCE])

    def _add(self, numbers: NDArray[np.float64]) -> None:
        mantissas, powers = np.frexp(numbers)
        whole = np.ldexp(mantissas, _BITS).astype(np.int64)
        kinds, places = np.unique(powers, return_inverse=True)
        for shift, part in ((0, whole & (2**_HALF - 1)), (_HALF, whole >> _HALF)):  # >> rounds down, & keeps the rest
            sums = np.bincount(places, weights=part.astype(np.float64), minlength=len(kinds))
            for power, found in zip(kinds.tolist(), sums.tolist(), strict=True):
                self._by_power[power] += int(found) << shift

    def merge(self, other: ExactSum) -> None:
        """Add what was added there."""
        for power, whole in other._by_power.items():
            self._by_power[power] += whole

    @property
    def value(self) -> Fraction:
        """The sum, exactly."""
        found = Fraction(0)
        for power, whole in self._by_power.items():
            away = power - _BITS
            found += Fraction(whole << away) if away >= 0 else Fraction(whole, 1 << -away)
        return found
