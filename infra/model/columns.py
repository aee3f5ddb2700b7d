"""One column of a feature schema: what it holds, and the figures learnt about it from training rows.

It knows nothing of where a column lies in the network's input; `infra.model.layout` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal, Protocol, cast, get_args

import numpy as np
import pandas as pd

from infra.domain.errors import BundleError, DataError
from infra.model.coding import BUCKETS, Coding
from infra.model.frames import booleans_of, categories_of, first_shape, numbers_of, pictures_of
from infra.model.pictures import Shape
from infra.model.read_columns import ReadColumn

ColumnKind = Literal["numeric", "categorical", "boolean", "picture", "carried"]
MAX_CATEGORIES = 64
_FLAT = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column and what was learnt about it.

    `mean` and `std` standardise numbers, and pixels in 0..255. `missing` says that the rows the schema was
    learnt from had missing values here, which gives the column a second, 0/1 input. `carried` columns are
    kept with a row and never seen by the network.
    """

    name: str
    kind: ColumnKind
    mean: float = 0.0
    std: float = 1.0
    missing: bool = False
    categories: tuple[str, ...] = ()
    buckets: int = 0
    """Inputs that categories beyond `categories` share by hash; see `infra.model.coding`."""
    shape: Shape | None = None
    """Height, width and channels of a picture."""

    def to_json(self) -> dict[str, object]:
        """Plain values, for the bundle's config."""
        return {name: value for name, value in asdict(self).items() if name != "buckets" or value}

    @property
    def coding(self) -> Coding:
        """Places of a categorical column's categories."""
        places = {name: place for place, name in enumerate(self.categories)}
        return Coding(places, self.buckets, self.missing)

    @classmethod
    def from_json(cls, value: object) -> Column:
        """Raises BundleError when the value describes no column."""
        if not isinstance(value, Mapping) or {*value, "buckets"} != set(cls.__dataclass_fields__):
            raise BundleError(f"a column of the bundle's schema is {value!r}: load the bundle as it was packed")
        column = cls(**{**value, "categories": tuple(value["categories"]), "shape": _shape(value["shape"])})
        numbers_hold = all(isinstance(v, int | float) and math.isfinite(v) for v in (column.mean, column.std))
        if column.kind not in get_args(ColumnKind) or not numbers_hold or column.std <= 0:
            raise BundleError(f"column {column.name!r} of the bundle's schema cannot be: {dict(value)!r}")
        return column


def learn_column(frame: Frame, name: str, kind: ColumnKind) -> Column:
    """Learn one column from training rows.

    Raises:
        DataError: the column is absent, or holds what its kind cannot.
    """
    if kind == "carried":
        return Column(name=name, kind=kind)
    column = Column(name=name, kind=kind, missing=bool(series_of(frame, name).isna().any()))
    if kind == "categorical":
        return _learnt_categories(column, categories_of(series_of(frame, name)))
    if kind == "picture":
        column = replace(column, missing=False, shape=first_shape(series_of(frame, name)))
    return refit_column(column, frame)


def refit_column(column: Column, frame: Frame) -> Column:
    """The column with mean and standard deviation of these rows; unchanged where they hold no value."""
    if column.kind == "numeric":
        values = numbers_of(series_of(frame, column.name))
        values = values[~np.isnan(values)]
    elif column.kind == "picture":
        pixels, present = pictures_of(series_of(frame, column.name), cast(Shape, column.shape))
        if not present.any():
            return column
        mean, std = _pixel_figures(pixels[present])
        return replace(column, mean=mean, std=std)
    else:
        if column.kind == "boolean":
            booleans_of(series_of(frame, column.name))
        return column
    if not values.size:
        return column
    mean, std = _figures(values)
    return replace(column, mean=mean, std=std)


class Frame(Protocol):
    """A table by column: a pandas frame, or one that was read before."""

    @property
    def columns(self) -> Iterable[str]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, name: str, /) -> pd.Series | ReadColumn: ...


def series_of(frame: Frame, name: str) -> pd.Series | ReadColumn:
    """One column of the frame. Raises DataError when it is absent."""
    if name not in frame.columns:
        there = ", ".join(map(repr, frame.columns))
        raise DataError(f"column {name!r} is missing: add it, empty where it is not known; the rows have {there}")
    return frame[name]


def _figures(values: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation, without overflow on huge values; a constant column gets std 1."""
    scale = float(np.abs(values).max()) or 1.0
    scaled = values / scale
    mean, std = float(scaled.mean()), float(scaled.std())
    return mean * scale, (std * scale if std > _FLAT and std * scale > 0 else 1.0)


def _pixel_figures(pixels: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation over all pixels, from a histogram: no float copy of the pictures."""
    counts = np.bincount(pixels.ravel(), minlength=256)
    levels = np.arange(256, dtype=np.float64)
    mean = float(counts @ levels / counts.sum())
    std = float(np.sqrt(counts @ (levels - mean) ** 2 / counts.sum()))
    return mean, std or 1.0


def _learnt_categories(column: Column, names: list[str | None]) -> Column:
    """The most frequent categories one by one, ties by name; any others share buckets."""
    counts = pd.Series([name for name in names if name is not None], dtype=object).value_counts()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    kept = tuple(str(name) for name, _ in ordered[:MAX_CATEGORIES])
    return replace(column, categories=kept, buckets=BUCKETS if len(ordered) > MAX_CATEGORIES else 0)


def _shape(value: object) -> Shape | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != 3 or not all(type(v) is int and v > 0 for v in value):
        raise BundleError(f"a picture of the bundle's schema has shape {value!r}: height, width, channels are needed")
    return (value[0], value[1], value[2])
