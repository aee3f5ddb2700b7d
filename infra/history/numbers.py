"""Columns of numbers, however they were written: plain, with thousands separators, with decimal commas.

A value that is no number is not guessed at: it is returned as an odd one, and the caller decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

_PLAIN = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_INFINITE = r"[-+]?(?:inf|infinity|Inf|Infinity|INF)"
_THOUSANDS = r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_DECIMAL_COMMA = r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+"
_CODE = r"[-+]?0\d+"


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """`values` is float64 with NaN where missing, odd or infinite; `odd` are the places of values that are no
    numbers, `infinite` of those that are not finite."""

    values: np.ndarray
    odd: np.ndarray
    infinite: np.ndarray
    note: str = ""


def numbers_of(series: pd.Series) -> Numbers:
    """Read a column as numbers. Booleans and dates are odd: they are no numbers."""
    if pd.api.types.is_numeric_dtype(series.dtype) and series.dtype != bool:
        return _finite(series.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(series), dtype=bool), "")
    present = series.notna().to_numpy()
    is_number = series.map(lambda value: not isinstance(value, (str, bool, np.bool_)) and _is_real(value)).to_numpy(
        bool
    )
    text = series.where(series.map(lambda value: isinstance(value, str)), None)
    text = text.astype(object).str.strip()
    cleaned, note = _unpunctuated(text)
    written = cleaned.str.fullmatch(f"{_PLAIN}|{_INFINITE}").fillna(value=False).to_numpy(bool)
    values = np.full(len(series), np.nan)
    values[written] = cleaned[written].astype(np.float64)
    values[is_number] = series[is_number].astype(np.float64)
    return _finite(values, present & ~written & ~is_number, note)


def _unpunctuated(text: pd.Series) -> tuple[pd.Series, str]:
    """The text with `1,234.5` or `1.234,5` written plainly, when the column as a whole is written so."""
    comma = text[text.str.contains(",", regex=False).fillna(value=False).astype(bool)]
    if comma.empty:
        return text, ""
    if comma.str.fullmatch(_THOUSANDS).all():
        return text.str.replace(",", "", regex=False), "commas were read as thousands separators"
    if comma.str.fullmatch(_DECIMAL_COMMA).all():
        plain = text.str.replace(".", "", regex=False) if comma.str.contains(".", regex=False).any() else text
        return plain.str.replace(",", ".", regex=False), "commas were read as decimal points"
    return text, ""


def is_coded(series: pd.Series) -> bool:
    """Whether some values are digits with leading zeros, which are names and not numbers (`007`)."""
    text = series.dropna()
    return (
        bool(len(text))
        and bool(text.map(lambda value: isinstance(value, str)).all())
        and bool(text.astype(object).str.fullmatch(_CODE).any())
    )


def _is_real(value: object) -> bool:
    from decimal import Decimal
    from numbers import Real

    return isinstance(value, (Real, Decimal)) and not bool(pd.isna(value))


def _finite(values: np.ndarray, odd: np.ndarray, note: str) -> Numbers:
    infinite = np.isinf(values)
    values = np.where(infinite, np.nan, values)
    return Numbers(values=values, odd=np.flatnonzero(odd), infinite=np.flatnonzero(infinite), note=note)
