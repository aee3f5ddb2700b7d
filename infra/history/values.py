"""Values of a column as plain Python: text, numbers, true and false, None where missing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from infra.domain.values import class_name

_TRUTHS: dict[object, bool] = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def plain_values(series: pd.Series) -> pd.Series:
    """The same values as an object column."""
    return _mapped(series, lambda value: value if isinstance(value, (str, bool, int, float)) else str(value))


def categories_of(series: pd.Series) -> pd.Series:
    """Category names as text; numbers and booleans are named as classes are."""
    return _mapped(series, class_name)


def booleans_of(series: pd.Series) -> pd.Series:
    """True and false from booleans, 0 and 1, `true`, `false`, `yes`, `no`; None for anything else."""
    return _mapped(series, lambda value: _TRUTHS.get(class_name(value).strip().lower()))


def looks_boolean(series: pd.Series) -> bool:
    """Whether all values are booleans, or the words true and false. 0 and 1 stay numbers."""
    present = series.dropna()
    return bool(present.map(lambda value: str(value).strip().lower() in ("true", "false")).all())


def _mapped(series: pd.Series, read: Callable[[object], object]) -> pd.Series:
    """Each distinct value read once."""
    codes, distinct = pd.factorize(series)
    read_once = np.empty(len(distinct) + 1, dtype=object)
    for place, value in enumerate(distinct):
        read_once[place] = read(value.item() if isinstance(value, np.generic) else value)
    return pd.Series(read_once[codes], index=series.index, dtype=object)
