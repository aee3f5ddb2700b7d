"""A table that was read once, to be trained on many times: a history under every policy, its half, its newest rows.

A schema learns from it, is refitted on it and encodes it exactly as it does a pandas frame of the same rows, to the
last bit, without reading numbers, names or pictures again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from infra.model.columns import ColumnKind, series_of
from infra.model.frames import booleans_of, categories_of, first_shape, numbers_of, pictures_of
from infra.model.read_columns import ReadColumn


@dataclass(frozen=True, eq=False)
class ReadFrame:
    """n rows by column. Rows that were taken share nothing with the whole but its values; columns are taken when asked
    for, so that a carried one costs nothing."""

    whole: Mapping[str, ReadColumn]
    places: np.ndarray  # n, int64: rows of the whole

    @classmethod
    def read(cls, frame: pd.DataFrame, kinds: Mapping[str, ColumnKind]) -> ReadFrame:
        """Read every column of these kinds.

        Raises:
            DataError: an absent column, or a value that its column's kind cannot hold.
        """
        whole = {name: _read(series_of(frame, name), kind) for name, kind in kinds.items()}
        return cls(whole, np.arange(len(frame)))

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, name: str) -> ReadColumn:
        if name not in self._taken:
            self._taken[name] = self.whole[name].take(self.places)
        return self._taken[name]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(self.whole)

    def take(self, places: np.ndarray) -> ReadFrame:
        """These rows, in the order given."""
        return ReadFrame(self.whole, self.places[places])

    @cached_property
    def _taken(self) -> dict[str, ReadColumn]:
        return {}


def _read(series: pd.Series, kind: ColumnKind) -> ReadColumn:
    column = ReadColumn(name=str(series.name), raw=series.to_numpy(dtype=object), missing=series.isna().to_numpy())
    if kind == "carried":
        return column
    if kind == "categorical":
        codes, names = pd.factorize(pd.Series(categories_of(series), dtype=object))
        return replace(column, codes=np.asarray(codes, dtype=np.int64), names=tuple(str(name) for name in names))
    if kind == "picture":
        pixels, _ = pictures_of(series, first_shape(series))
        return replace(column, pixels=pixels)
    return replace(column, numbers=numbers_of(series) if kind == "numeric" else booleans_of(series))
