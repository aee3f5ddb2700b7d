"""Columns of a pandas frame to plain arrays, vectorised; what a column cannot hold is a DataError.

It reads the same values as `infra.model.rows` reads from a request, and knows nothing of scaling. A column that was
read before (`infra.model.read_frame`) gives the arrays that reading it gave.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from infra.domain.errors import DataError
from infra.domain.values import class_name
from infra.model.coding import Coding
from infra.model.pictures import Shape, decode_picture, picture_shape
from infra.model.read_columns import ReadColumn

_NUMBERS = {"integer", "floating", "mixed-integer-float", "empty"}


def numbers_of(series: pd.Series | ReadColumn) -> np.ndarray:
    """Float64 values, NaN where missing.

    Raises:
        DataError: text, booleans or infinities.
    """
    if isinstance(series, ReadColumn):
        return _arrays(series.numbers, series)
    if series.dtype == bool or (
        not pd.api.types.is_numeric_dtype(series) and pd.api.types.infer_dtype(series, skipna=True) not in _NUMBERS
    ):
        raise DataError(f"column {series.name!r} is numeric but holds {_first(series)!r}: give numbers")
    try:
        values: np.ndarray = series.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:
        raise DataError(f"column {series.name!r} holds a number too large for a float: rescale it") from error
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise DataError(f"column {series.name!r}, row {row} is infinite: give a finite number, or leave it empty")
    return values


def booleans_of(series: pd.Series | ReadColumn) -> np.ndarray:
    """Float64 0/1, NaN where missing. Raises DataError on anything but true, false, 0 and 1."""
    if isinstance(series, ReadColumn):
        return _arrays(series.numbers, series)
    known = series.isna() | series.isin([True, False])
    if not known.all():
        raise DataError(f"column {series.name!r} is boolean but holds {_first(series[~known])!r}: give true or false")
    values: np.ndarray = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return values


def categories_of(series: pd.Series | ReadColumn) -> list[str | None]:
    """Category names, None where missing; numbers and booleans are named as classes are."""
    if isinstance(series, ReadColumn):
        return series.categories()
    if series.dtype == object:
        return [None if missing else _name(value) for value, missing in zip(series, series.isna(), strict=True)]
    codes, values = pd.factorize(series)
    names: list[str | None] = [_name(value) for value in values]
    names.append(None)  # code -1, missing, reads the last
    return [names[code] for code in codes]


def codes_of(series: pd.Series | ReadColumn, coding: Coding) -> np.ndarray:
    """Place of each row's category, int64; -1 where it has none."""
    if isinstance(series, ReadColumn):
        return series.coded(coding)
    known: dict[str | None, int] = {}
    names = categories_of(series)
    for name in set(names):
        known[name] = coding.of(name)
    return np.array([known[name] for name in names], dtype=np.int64)


def pictures_of(series: pd.Series | ReadColumn, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """(pixels n × height × width × channels uint8, present n bool); a missing picture is all zero.

    Raises:
        DataError: a picture cannot be read, with its row, or has another shape.
    """
    if isinstance(series, ReadColumn):
        known = _arrays(series.pixels, series)
        if known.shape[1:] != shape:
            raise DataError(f"column {series.name!r} holds pictures of {known.shape[1:]}: bring them to {shape}")
        return known, ~series.missing
    pixels = np.zeros((len(series), *shape), dtype=np.uint8)
    present = ~series.isna().to_numpy()
    for row in np.flatnonzero(present):
        try:
            pixels[row] = decode_picture(series.iloc[row], shape)
        except ValueError as error:
            raise DataError(f"column {series.name!r}, row {row}: {error}") from error
    return pixels, present


def first_shape(series: pd.Series | ReadColumn) -> Shape:
    """Shape of the first picture, which all others must have.

    Raises:
        DataError: there is none, or it cannot be read.
    """
    if isinstance(series, ReadColumn):
        height, width, channels = _arrays(series.pixels, series).shape[1:]
        return (height, width, channels)
    present = series.dropna()
    if present.empty:
        raise DataError(f"column {series.name!r} holds no picture in {len(series)} rows: give rows with pictures")
    try:
        return picture_shape(present.iloc[0])
    except ValueError as error:
        raise DataError(f"column {series.name!r}: {error}") from error


def _arrays(values: np.ndarray | None, column: ReadColumn) -> np.ndarray:
    if values is None:
        raise DataError(f"column {column.name!r} was read as another kind: read the table again with the present kinds")
    return values


def _name(value: object) -> str:
    return class_name(value.item() if isinstance(value, np.generic) else value)


def _first(series: pd.Series) -> object:
    return next(iter(series.dropna().head(1)), None)
