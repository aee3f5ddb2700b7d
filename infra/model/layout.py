"""Where each column lies in the network's input, and the one calculation that fills it.

The block is [picture | numbers and booleans | missing indicators | one-hot categories]. Training frames and
serving rows are both filled here, so that they cannot disagree. It knows nothing of where values come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from infra.model.columns import Column

CLIP = 10.0
"""Standardised values are held within ± this: one broken sensor must not drown the others."""
_HALF = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class RawBlock:
    """Values read but not yet scaled, one row per example."""

    values: np.ndarray  # n × numbers and booleans, float64, NaN where missing
    codes: np.ndarray  # n × categorical columns, int64, -1 where it has no place
    pixels: np.ndarray | None  # n × height × width × channels, uint8
    present: np.ndarray | None  # n, bool: the picture is there


class Layout:
    """The fixed plan of a schema's block, worked out once."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.valued = [column for column in columns if column.kind in ("numeric", "boolean")]
        self.categorical = [column for column in columns if column.kind == "categorical"]
        self.picture = next((column for column in columns if column.kind == "picture"), None)
        self.pixels = prod(self.picture.shape) if self.picture and self.picture.shape else 0
        numeric = np.array([column.kind == "numeric" for column in self.valued], dtype=bool)
        self._means = np.array([column.mean for column in self.valued], dtype=np.float64)
        self._stds = np.array([column.std for column in self.valued], dtype=np.float64)
        self._fills = np.where(numeric, 0.0, _HALF)  # the mean of a number; between false and true
        self._indicated = np.flatnonzero([column.missing for column in self.valued])
        self._after_values = self.pixels + len(self.valued)
        self._after_indicators = self._after_values + len(self._indicated)
        sizes = np.array([column.coding.size for column in self.categorical], dtype=np.int64)
        self._sizes = sizes.tolist()
        self._offsets = self._after_indicators + np.cumsum(sizes) - sizes
        self.width = int(self._after_indicators + sizes.sum())
        self._shades = self._shade_table()

    def inputs(self) -> dict[str, range | tuple[int, ...]]:
        """Places of each column in the block; carried columns have none."""
        places: dict[str, range | tuple[int, ...]] = {}
        if self.picture is not None:
            places[self.picture.name] = range(self.pixels)
        for place, column in enumerate(self.valued):
            beside = np.flatnonzero(self._indicated == place) + self._after_values
            places[column.name] = (self.pixels + place, *beside.tolist())
        for offset, size, column in zip(self._offsets.tolist(), self._sizes, self.categorical, strict=True):
            places[column.name] = range(offset, offset + size)
        return places

    def fill(self, raw: RawBlock) -> np.ndarray:
        """The n × width float32 block; no NaN in it, ever."""
        block = np.zeros((len(raw.values), self.width), dtype=np.float32)
        if raw.pixels is not None and raw.present is not None:
            np.take(self._shades, raw.pixels.reshape(len(block), self.pixels), out=block[:, : self.pixels], mode="clip")
            block[~raw.present, : self.pixels] = 0.0
        if self.valued:
            missing = np.isnan(raw.values)
            with np.errstate(over="ignore"):  # values near the end of float64 end at the clip
                scaled = (raw.values - self._means) / self._stds
            np.clip(scaled, -CLIP, CLIP, out=scaled)
            block[:, self.pixels : self._after_values] = np.where(missing, self._fills, scaled)
            if self._indicated.size:
                block[:, self._after_values : self._after_indicators] = missing[:, self._indicated]
        if self.categorical:
            rows, places = np.nonzero(raw.codes >= 0)
            block[rows, self._offsets[places] + raw.codes[rows, places]] = 1.0
        return block

    def _shade_table(self) -> np.ndarray:
        """The standardised value of each of the 256 grey levels."""
        if self.picture is None:
            return np.zeros(256, dtype=np.float32)
        levels = (np.arange(256, dtype=np.float64) - self.picture.mean) / self.picture.std
        return np.clip(levels, -CLIP, CLIP).astype(np.float32)
