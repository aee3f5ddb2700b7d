"""Groups of rows named by conditions on their columns, as text that a person can check and a program can read back.

`temperature > 71.5 and shift = night` · `"belt speed" is missing`. It knows nothing of losses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.domain.errors import DataError
from infra.domain.values import class_name

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MOST_VALUES = 10
LEAST_SHARE = 0.02
"""Of the reference rows; rarer values and missing ones are no slice by themselves."""
_DIGITS = 4
"""Bounds are rounded to so many digits, so that the text is exact."""
_PLAIN = r"[^\W\d][\w.%/-]*"
_WORD = rf'(?:"(?:[^"\\]|\\.)*"|{_PLAIN})'
_NUMBER = r"[+-]?(?:\d[\d.]*(?:e[+-]?\d+)?|inf)"
_CONDITION = re.compile(
    rf"(?P<column>{_WORD}) (?:(?P<missing>is missing)|(?P<sign><=|>|=) (?P<value>{_WORD}|{_NUMBER}))"
)
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """Rows whose `column` is at most (`<=`) or above (`>`) a number, is a category (`=`), or is missing."""

    column: str
    sign: Literal["<=", ">", "=", "missing"]
    value: float | str = ""

    def __str__(self) -> str:
        if self.sign == "missing":
            return f"{_quoted(self.column)} is missing"
        value = repr(self.value) if isinstance(self.value, float) else _quoted(self.value)
        return f"{_quoted(self.column)} {self.sign} {value}"

    def holds(self, frame: pd.DataFrame) -> Bools:
        """For each row; nowhere when the frame lacks the column."""
        if self.column not in frame:
            return np.zeros(len(frame), dtype=bool)
        column = frame[self.column]
        if self.sign == "missing":
            return np.asarray(column.isna(), dtype=np.bool_)
        if self.sign == "=":
            places, names = _names(column)
            return np.array([*(name == self.value for name in names), False], dtype=np.bool_)[places]
        numbers, bound = _numbers(column), float(self.value)
        return np.asarray(numbers <= bound if self.sign == "<=" else numbers > bound, dtype=np.bool_)


def read_conditions(where: str) -> tuple[Condition, ...]:
    """The conditions that `" and ".join(map(str, conditions))` wrote.

    >>> [str(one) for one in read_conditions('t > 71.5 and "belt speed" is missing')]
    ['t > 71.5', '"belt speed" is missing']

    Raises:
        DataError: the text is no such conditions.
    """
    found, place = [], 0
    while (match := _CONDITION.match(where, place)) is not None:
        found.append(_condition(match))
        place = match.end()
        if place == len(where):
            return tuple(found)
        if not where.startswith(" and ", place):
            break
        place += len(" and ")
    raise DataError(f"`{where}` names no slice: conditions such as `t > 71.5 and shift = night` are expected")


def rows_where(conditions: Sequence[Condition], frame: pd.DataFrame) -> Bools:
    """For each row whether all conditions hold."""
    held = np.ones(len(frame), dtype=np.bool_)
    for condition in conditions:
        held &= condition.holds(frame)
    return held


def conditions_of(reference: pd.DataFrame, kinds: Mapping[str, str]) -> tuple[Condition, ...]:
    """What the rows of a reference can be divided by: quantiles of numbers, frequent values of the rest, missing.

    `kinds` are those of the columns to look at: `numeric` and `picture` figures are numbers, others are categories.
    """
    found: list[Condition] = []
    for name in [name for name in kinds if name in reference]:
        column = reference[name]
        if kinds[name] in ("numeric", "picture"):
            found += _bounds(name, column)
        else:
            found += _values(name, column)
        if LEAST_SHARE <= float(column.isna().mean()) <= 1.0 - LEAST_SHARE:
            found.append(Condition(column=name, sign="missing"))
    return tuple(found)


def _bounds(name: str, column: pd.Series) -> list[Condition]:
    numbers = _numbers(column)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return []
    rounded = {float(f"{bound:.{_DIGITS}g}") for bound in np.quantile(numbers, QUANTILES)}
    bounds = [bound for bound in sorted(rounded) if numbers.min() <= bound < numbers.max()]
    return [
        condition
        for bound in bounds
        for condition in (
            Condition(column=name, sign="<=", value=bound),
            Condition(column=name, sign=">", value=bound),
        )
    ]


def _values(name: str, column: pd.Series) -> list[Condition]:
    places, names = _names(column)
    counts = np.bincount(places[places >= 0], minlength=len(names))
    if len(names) < 2:
        return []
    frequent = [(-int(count), value) for count, value in zip(counts, names, strict=True)]
    frequent = [pair for pair in frequent if -pair[0] >= LEAST_SHARE * len(column)]
    return [Condition(column=name, sign="=", value=value) for _, value in sorted(frequent)[:MOST_VALUES]]


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(numbers, dtype=np.float64)


def _names(column: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    """The place of each value among the class names of the column's values; -1 where it is missing."""
    places, values = pd.factorize(column.astype(object))
    return places, [class_name(value.item() if isinstance(value, np.generic) else value) for value in values]


def _quoted(text: object) -> str:
    text = str(text)
    return text if re.fullmatch(_PLAIN, text) else json.dumps(text, ensure_ascii=False)


def _condition(match: re.Match[str]) -> Condition:
    column, value = _read(match["column"]), match["value"]
    if match["missing"]:
        return Condition(column=column, sign="missing")
    if match["sign"] == "=":
        return Condition(column=column, sign="=", value=_read(value))
    if not re.fullmatch(_NUMBER, value):
        raise DataError(f"`{match[0]}` compares with no number: conditions such as `t > 71.5` are expected")
    return Condition(column=column, sign="<=" if match["sign"] == "<=" else ">", value=float(value))


def _read(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text
