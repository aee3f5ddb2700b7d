"""Rows of a request to plain arrays, strictly: a wrong field refuses its row and leaves the others.

No pandas here: this is on the path of every prediction. It knows nothing of HTTP.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from infra.domain.errors import RowError
from infra.domain.values import Feature, Features, class_name
from infra.model.columns import Column
from infra.model.layout import Layout, RawBlock
from infra.model.pictures import decode_picture

MAX_TEXT = 1_000
"""Longest text of a category or a carried column, in characters."""
_SHOWN = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRows:
    """The rows that could be used, and why the others could not."""

    raw: RawBlock
    good: tuple[int, ...]
    errors: tuple[RowError, ...]
    features: tuple[Features, ...]
    unknown: tuple[tuple[str, ...], ...]


class RowReader:
    """Reads rows against a fixed set of columns."""

    def __init__(self, columns: Sequence[Column], layout: Layout) -> None:
        self._layout = layout
        self._names = frozenset(column.name for column in columns)
        self._needed = frozenset(column.name for column in columns if column.kind != "carried")
        self._valued: list[tuple[str, Callable[[object], float]]] = [
            (column.name, _number if column.kind == "numeric" else _boolean) for column in layout.valued
        ]
        self._categorical = [
            (column.name, {name: place for place, name in enumerate(column.categories)})
            for column in layout.categorical
        ]
        self._carried = [column.name for column in columns if column.kind == "carried"]

    def read(self, rows: Sequence[Mapping[str, object]]) -> ReadRows:
        """One error for each row that cannot be used: its first wrong field, and what would be accepted."""
        good, errors, features, unknown = [], [], [], []
        values: list[list[float]] = []
        codes: list[list[int]] = []
        pictures: list[np.ndarray | None] = []
        for index, row in enumerate(rows):
            try:
                self._check_keys(row)
                row_values = self._values(row)
                row_codes, row_unknown = self._codes(row)
                picture = self._picture(row)
                self._check_carried(row)
            except _FieldError as error:
                errors.append(RowError(row=index, field=error.field, problem=error.problem))
                continue
            good.append(index)
            values.append(row_values)
            codes.append(row_codes)
            pictures.append(picture)
            unknown.append(row_unknown)
            features.append(cast(Features, dict(row)))  # every value was checked above
        return ReadRows(
            raw=self._raw(values, codes, pictures),
            good=tuple(good),
            errors=tuple(errors),
            features=tuple(features),
            unknown=tuple(unknown),
        )

    def _check_keys(self, row: object) -> None:
        if not isinstance(row, Mapping):
            raise _FieldError(None, f"is {_show(row)}: give an object of features")
        if not row.keys() <= self._names:
            extra = min(map(str, row.keys() - self._names))
            raise _FieldError(extra[:_SHOWN], f"is not a feature of this model: give {_list(self._names)}")
        if not row.keys() >= self._needed:
            absent = sorted(self._needed - row.keys())
            raise _FieldError(absent[0], f"is absent ({_list(absent)}): give every feature, null where it is unknown")

    def _values(self, row: Mapping[str, object]) -> list[float]:
        found = []
        for name, read in self._valued:
            try:
                found.append(read(row[name]))
            except ValueError as error:
                raise _FieldError(name, str(error)) from None
        return found

    def _codes(self, row: Mapping[str, object]) -> tuple[list[int], tuple[str, ...]]:
        codes, unknown = [], []
        for name, places in self._categorical:
            value = _plain(name, row[name])
            code = -1 if value is None else places.get(class_name(value), -1)
            if code < 0 and value is not None:
                unknown.append(name)
            codes.append(code)
        return codes, tuple(unknown)

    def _picture(self, row: Mapping[str, object]) -> np.ndarray | None:
        column = self._layout.picture
        if column is None or column.shape is None or row[column.name] is None:
            return None
        try:
            return decode_picture(row[column.name], column.shape)
        except ValueError as error:
            raise _FieldError(column.name, str(error)) from error

    def _check_carried(self, row: Mapping[str, object]) -> None:
        for name in self._carried:
            _plain(name, row.get(name))

    def _raw(self, values: list[list[float]], codes: list[list[int]], pictures: list[np.ndarray | None]) -> RawBlock:
        layout, rows = self._layout, len(values)
        pixels = present = None
        if layout.picture is not None and layout.picture.shape is not None:
            present = np.array([picture is not None for picture in pictures], dtype=bool)
            pixels = np.zeros((rows, *layout.picture.shape), dtype=np.uint8)
            for row, picture in enumerate(pictures):
                if picture is not None:
                    pixels[row] = picture
        return RawBlock(
            values=np.array(values, dtype=np.float64).reshape(rows, len(layout.valued)),
            codes=np.array(codes, dtype=np.int64).reshape(rows, len(layout.categorical)),
            pixels=pixels,
            present=present,
        )


class _FieldError(Exception):
    def __init__(self, field: str | None, problem: str) -> None:
        self.field, self.problem = field, problem
        super().__init__(problem)


def _number(value: object) -> float:
    if value is None:
        return math.nan
    if type(value) is not float and type(value) is not int:
        raise ValueError(f"is {_show(value)}: give a number or null")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("is an integer too large for a float: give a finite number or null") from None
    if not math.isfinite(number):
        raise ValueError(f"is {number}: give a finite number or null")
    return number


def _boolean(value: object) -> float:
    if value is None:
        return math.nan
    if value is True or value is False or (type(value) in (int, float) and value in (0, 1)):
        return 1.0 if value else 0.0
    raise ValueError(f"is {_show(value)}: give true, false or null")


def _plain(name: str, value: object) -> Feature:
    """The value, when it is a short text, a finite number, a boolean or null."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise _FieldError(name, f"has {len(value)} characters; at most {MAX_TEXT} are accepted")
        return value
    if isinstance(value, int | float):
        try:
            _number(value)
        except ValueError as error:
            raise _FieldError(name, str(error)) from None
        return value
    raise _FieldError(name, f"is {_show(value)}: give text, a number, true, false or null")


def _show(value: object) -> str:
    """Enough of the value to find it; never a whole body."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {value[:_SHOWN]!r}{'…' * (len(value) > _SHOWN)}"
    if isinstance(value, int | float):
        return repr(value)[:_SHOWN]
    return {"list": "a list", "dict": "an object"}.get(type(value).__name__, f"a {type(value).__name__}")


def _list(names: Sequence[str] | frozenset[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:20]) + (f" and {len(ordered) - 20} more" if len(ordered) > 20 else "")
