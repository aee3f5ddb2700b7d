"""Event times of a whole column, in UTC, or a clear refusal. Nothing is read from a clock.

It takes what has a type (moments, seconds since 1970) or a named form; written dates are `infra.history.dates`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infra.domain.errors import DataError
from infra.history.dates import FORMAT_HINT, read_dates
from infra.history.table import Table, examples, refusal, require_none
from infra.history.zones import to_utc
from infra.spec.data import Data

_EPOCHS = {"s": (1e8, 1e11), "ms": (1e11, 1e14), "us": (1e14, 1e17), "ns": (1e17, 1e20)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """One UTC moment a row, in source order, and what a person should know about how they were read."""

    moments: pd.DatetimeIndex
    notes: tuple[str, ...] = ()


def read_times(table: Table, series: pd.Series, data: Data) -> Times:
    """Read the time column.

    Raises:
        DataError: times are missing, cannot be read (with their rows and values), or could mean two things.
    """
    missing = np.flatnonzero(series.isna().to_numpy())
    if missing.size:
        raise refusal(table, series, missing, "has no value", "fill them in, or remove the rows")
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return Times(moments=pd.DatetimeIndex(series.dt.tz_convert("UTC")).as_unit("us"))
    if pd.api.types.is_datetime64_dtype(series.dtype):
        return _zoned(series, data)
    text = series.map(lambda value: value.strip() if isinstance(value, str) else _plain(value))
    text = text.astype(object)
    if data.time_format is not None:
        return _by_format(table, series, text, data)
    if text.str.fullmatch(r"\d+(?:\.\d+)?").all():
        return _by_number(table, series, text.astype(float))
    written = read_dates(table, series, text)
    if written.aware:
        return Times(moments=pd.DatetimeIndex(written.moments).tz_localize("UTC").as_unit("us"), notes=written.notes)
    times = _zoned(written.moments, data)
    return Times(moments=times.moments, notes=written.notes + times.notes)


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _by_format(table: Table, series: pd.Series, text: pd.Series, data: Data) -> Times:
    moments = _strptime(text, str(data.time_format))
    require_none(
        table, series, moments.isna(), f"does not have the form `{data.time_format}` of data.time_format", FORMAT_HINT
    )
    if isinstance(moments.dtype, pd.DatetimeTZDtype):
        return Times(moments=pd.DatetimeIndex(moments.dt.tz_convert("UTC")).as_unit("us"))
    return _zoned(moments, data)


def _strptime(text: pd.Series, form: str) -> pd.Series:
    aware = "%z" in form or (form == "ISO8601" and bool(text.str.contains(r"[Tt\s].*(?:[Zz]|[+-]\d{2}:?\d{2})$").any()))
    try:
        return pd.to_datetime(text, format=form, errors="coerce", utc=aware)
    except ValueError as error:
        raise DataError(f"data.time_format `{form}` is not a strptime form ({error}): {FORMAT_HINT}") from error


def _by_number(table: Table, series: pd.Series, numbers: pd.Series) -> Times:
    """Seconds, milli-, micro- or nanoseconds since 1970, or dates such as 20240131."""
    if numbers.between(19_000_101, 21_001_231).all():
        dates = pd.to_datetime(numbers.astype("int64").astype(str), format="%Y%m%d", errors="coerce")
        require_none(table, series, dates.isna(), "is not a date of the form `%Y%m%d`", FORMAT_HINT)
        return Times(moments=pd.DatetimeIndex(dates).tz_localize("UTC").as_unit("us"))
    for unit, (low, high) in _EPOCHS.items():
        if numbers.between(low, high, inclusive="left").all():
            exact = series.astype("int64") if pd.api.types.is_integer_dtype(series.dtype) else numbers
            moments = pd.to_datetime(exact, unit=unit, utc=True)
            note = f"times in `{series.name}` were read as {unit} since 1970"
            return Times(moments=pd.DatetimeIndex(moments).as_unit("us"), notes=(note,))
    raise DataError(
        f"{table.source}: `{series.name}` holds numbers ({examples(table, series, [0, len(series) - 1])}) that are not "
        f"seconds since 1970 throughout: {FORMAT_HINT}, or leave out data.time when file order is time order"
    )


def _zoned(local: pd.Series, data: Data) -> Times:
    moments, notes = to_utc(pd.DatetimeIndex(local), data.time_zone)
    return Times(moments=moments, notes=notes)
