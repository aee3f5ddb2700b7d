"""Which columns are features and of what kind, as the model file says or as the column shows.

Inferred kinds follow the whole column: numbers are numeric, whole numbers of 3 to 12 values categorical, text
categorical. What cannot help is left out with a note: empty and constant columns, row numbers, dates, and text that
is nearly always different (ids, free text).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infra.domain.errors import DataError
from infra.history.numbers import is_coded, numbers_of
from infra.history.table import Table, examples, refusal
from infra.history.values import booleans_of, categories_of, looks_boolean, plain_values
from infra.model.columns import MAX_CATEGORIES, ColumnKind
from infra.spec.data import Data

FEW_NUMBERS = range(3, 13)
ROWS_EACH = 20
"""A whole number counts as a category only where each value has so many rows on average."""
MOST_CATEGORIES = 1_000
ODD_SHARE = 0.01
"""A column is numeric in spite of this share of values that are none; they are read as missing."""
_ID_NAME = re.compile(r"(?:^|[_ ])(?:id|uuid|index)$|[a-z]Id$|^(?:Id|ID)$")
_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}.*"


Keep = Callable[[str, pd.Series], None]
"""Takes a column that is kept, n values in source row order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Kinds of the feature and carried columns, and notes."""

    kinds: dict[str, ColumnKind]
    notes: tuple[str, ...]


def read_columns(table: Table, data: Data, keep: Keep) -> Columns:
    """Read every column that is kept, one after the other; `keep` is given each.

    Raises:
        DataError: a column cannot be what the model file says, or no feature is left.
    """
    reading = _Reading(table, keep)
    if table.picture_column is not None:
        reading.keep(table.picture_column, "picture", table.frame[table.picture_column])
    if data.features is not None:
        for name, kind in data.features.items():
            reading.declared(name, kind)
    else:
        for name in _candidates(table, data):
            reading.inferred(name)
    if not reading.kinds:
        why = "; ".join(reading.notes) or "nothing is left beside the target, the time and what is ignored"
        raise DataError(f"{table.source} has no column to learn from: {why}")
    for name in data.ignore:
        if name not in table.frame.columns:
            reading.note(name, "is listed under data.ignore, but the data has no such column")
    for name in data.slices:
        if name not in reading.kinds:
            reading.keep(name, "carried", plain_values(table.frame[name]))
    return Columns(kinds=reading.kinds, notes=tuple(reading.notes))


def _candidates(table: Table, data: Data) -> Iterator[str]:
    excluded = {data.target, data.time, table.picture_column, *data.ignore}
    return (name for name in table.frame.columns if name not in excluded)


class _Reading:
    """What was found so far; it only exists while `read_columns` runs."""

    def __init__(self, table: Table, keep: Keep) -> None:
        self._table, self._keep = table, keep
        self.kinds: dict[str, ColumnKind] = {}
        self.notes: list[str] = []

    def keep(self, name: str, kind: ColumnKind, values: pd.Series) -> None:
        self._keep(name, values)
        self.kinds[name] = kind

    def note(self, name: str, text: str) -> None:
        self.notes.append(f"`{name}` {text}")

    def declared(self, name: str, kind: ColumnKind) -> None:
        """Keep a column as the model file says."""
        series = self._table.frame[name]
        if kind == "numeric":
            self._numeric(name, series, odd_share=0.0)
        elif kind == "boolean":
            values = booleans_of(series)
            wrong = np.flatnonzero((values.isna() & series.notna()).to_numpy())
            if wrong.size:
                raise refusal(self._table, series, wrong, "is boolean but holds other values", _KIND_ADVICE)
            self.keep(name, "boolean", values)
        else:
            self._categorical(name, series)

    def inferred(self, name: str) -> None:
        """Keep a column as what it shows, or leave it out with a note."""
        series = self._table.frame[name]
        useless = _useless(series)
        if useless is not None:
            self.note(name, f"was left out: {useless}")
        elif looks_boolean(series):
            self.keep(name, "boolean", booleans_of(series))
        elif _few_whole_numbers(series):
            self._categorical(name, series)
        elif not is_coded(series) and len(numbers_of(series).odd) <= ODD_SHARE * series.notna().sum():
            self._numeric(name, series, odd_share=ODD_SHARE)
        else:
            self._text(name, series)

    def _numeric(self, name: str, series: pd.Series, *, odd_share: float) -> None:
        numbers = numbers_of(series)
        if len(numbers.odd) > odd_share * len(series):
            raise refusal(self._table, series, numbers.odd, "is numeric but holds other values", _KIND_ADVICE)
        if len(numbers.odd):
            self.note(
                name,
                f"holds {len(numbers.odd)} values that are no numbers, read as missing "
                f"({examples(self._table, series, numbers.odd)})",
            )
        if len(numbers.infinite):
            self.note(name, f"holds {len(numbers.infinite)} infinite values, read as missing")
        if numbers.note:
            self.note(name, numbers.note)
        self.keep(name, "numeric", pd.Series(numbers.values))

    def _categorical(self, name: str, series: pd.Series) -> None:
        values = categories_of(series)
        distinct = values.nunique()
        if distinct > MAX_CATEGORIES:
            self.note(name, f"has {distinct} categories; the {MAX_CATEGORIES} most frequent are told apart")
        self.keep(name, "categorical", values)

    def _text(self, name: str, series: pd.Series) -> None:
        distinct, present = series.nunique(), int(series.notna().sum())
        if series.astype(object).dropna().map(str).str.fullmatch(_DATE).mean() > 1 - ODD_SHARE:
            self.note(name, "was left out: it holds dates (name one column of dates as data.time)")
        elif distinct > present / 2 or distinct > MOST_CATEGORIES:
            self.note(name, f"was left out: {distinct} different texts in {present} rows look like ids or free text")
        else:
            self._categorical(name, series)


_KIND_ADVICE = "correct them, or correct its kind in data.features"


def _useless(series: pd.Series) -> str | None:
    present = series.dropna()
    if present.empty:
        return "it has no values"
    if (
        series.dtype.kind not in "iufb"
        and not present.map(
            lambda value: isinstance(value, (str, bool, int, float, np.generic)) or _is_decimal(value)
        ).all()
    ):
        kind = (
            "dates"
            if pd.api.types.is_datetime64_any_dtype(series.dtype)
            else f"{type(present.iloc[0]).__name__} values"
        )
        return f"it holds {kind}, neither numbers nor text"
    if present.nunique() == 1 and len(present) == len(series):
        return f"it is always `{plain_values(present.head(1)).iloc[0]}`"
    if pd.api.types.is_integer_dtype(series.dtype) and bool((series.diff().dropna() == 1).all()):
        return "it counts the rows"
    if _ID_NAME.search(str(series.name)) and pd.api.types.is_integer_dtype(series.dtype) and series.is_unique:
        return "it is named as an id and every value is different"
    return None


def _is_decimal(value: object) -> bool:
    return type(value).__name__ == "Decimal"


def _few_whole_numbers(series: pd.Series) -> bool:
    present = series.dropna()
    if not pd.api.types.is_numeric_dtype(series.dtype) or not bool((present % 1 == 0).all()):
        return False
    distinct = present.nunique()
    return distinct in FEW_NUMBERS and len(present) >= ROWS_EACH * distinct
