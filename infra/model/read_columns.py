"""A column that was read once: its values as arrays, so that taking rows of it again and again costs no reading.

It knows nothing of pandas, schemas or scaling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from infra.model.coding import Coding


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReadColumn:
    """n values of one column. `raw` holds them as they were written; of the others those that its kind needs."""

    name: str
    raw: np.ndarray  # n, object
    missing: np.ndarray  # n, bool
    numbers: np.ndarray | None = None  # n, float64, NaN where missing
    codes: np.ndarray | None = None  # n, int64: places in `names`, -1 where missing
    names: tuple[str, ...] = ()
    pixels: np.ndarray | None = None  # n × height × width × channels, uint8

    @property
    def iloc(self) -> np.ndarray:
        """The values as they were written, by place, as pandas gives them."""
        return self.raw

    def isna(self) -> np.ndarray:
        """Where nothing was written, as pandas says it."""
        return self.missing

    def take(self, places: np.ndarray) -> ReadColumn:
        """The column at these places."""
        return replace(
            self,
            raw=self.raw[places],
            missing=self.missing[places],
            numbers=None if self.numbers is None else self.numbers[places],
            codes=None if self.codes is None else self.codes[places],
            pixels=None if self.pixels is None else self.pixels[places],
        )

    def categories(self) -> list[str | None]:
        """The category of each row, None where missing."""
        assert self.codes is not None
        names: list[str | None] = [*self.names, None]  # code -1, missing, reads the last
        return [names[code] for code in self.codes.tolist()]

    def coded(self, coding: Coding) -> np.ndarray:
        """Place of each row's category, int64; -1 where it has none."""
        assert self.codes is not None
        table = np.array([*(coding.of(name) for name in self.names), coding.of(None)], dtype=np.int64)
        found: np.ndarray = table[self.codes]
        return found
