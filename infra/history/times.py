"""Event times of a whole column, in UTC, or a clear refusal. Nothing is read from a clock.

It takes what has a type (moments, seconds since 1970) or a named form; written dates are `infra.history.dates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from infra.domain.errors import DataError
from infra.history.dates import FORMAT_HINT, Dates, read_dates
from infra.history.table import Table, examples, refusal, require_none
from infra.history.zones import to_utc
from infra.spec.data import Data

Pieces = Iterable[tuple[int, pd.Series]]
"""Stretches of a column in order, each with the place of its first row."""
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
    return _in_utc(_as_written(table, series, data), data)


def read_times_in_pieces(table: Table, series: Callable[[], pd.Series], pieces: Pieces, data: Data) -> Times:
    """The same of a column that comes in pieces, (place of its first row, values); `series` gives it whole.

    It is read whole only where that decides what the pieces by themselves leave open, or has to be refused.
    """
    found: list[Dates] = []
    try:
        for first, piece in pieces:
            found.append(_as_written(replace(table, place=_shifted(table.place, first)), piece, data))
    except DataError:
        return read_times(table, series(), data)
    if len({(one.aware, one.notes) for one in found}) != 1:
        return read_times(table, series(), data)
    moments = pd.concat([one.moments for one in found], ignore_index=True)
    return _in_utc(replace(found[0], moments=moments), data)


def _shifted(place: Callable[[int], str], first: int) -> Callable[[int], str]:
    return lambda row: place(first + row)


def _as_written(table: Table, series: pd.Series, data: Data) -> Dates:
    missing = np.flatnonzero(series.isna().to_numpy())
    if missing.size:
        raise refusal(table, series, missing, "has no value", "fill them in, or remove the rows")
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return _aware(series)
    if pd.api.types.is_datetime64_dtype(series.dtype):
        return Dates(moments=series, aware=False)
    text = series.map(lambda value: value.strip() if isinstance(value, str) else _plain(value))
    text = text.astype(object)
    if data.time_format is not None:
        return _by_format(table, series, text, data)
    if text.str.fullmatch(r"\d+(?:\.\d+)?").all():
        return _by_number(table, series, text.astype(float))
    return read_dates(table, series, text)


def _aware(moments: pd.Series, notes: tuple[str, ...] = ()) -> Dates:
    return Dates(moments=moments.dt.tz_convert("UTC").dt.tz_localize(None), aware=True, notes=notes)


def _in_utc(written: Dates, data: Data) -> Times:
    local = pd.DatetimeIndex(written.moments)
    if written.aware:
        return Times(moments=local.tz_localize("UTC").as_unit("us"), notes=written.notes)
    moments, notes = to_utc(local, data.time_zone)
    return Times(moments=moments, notes=written.notes + notes)


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _by_format(table: Table, series: pd.Series, text: pd.Series, data: Data) -> Dates:
    moments = _strptime(text, str(data.time_format))
    require_none(
        table, series, moments.isna(), f"does not have the form `{data.time_format}` of data.time_format", FORMAT_HINT
    )
    return _aware(moments) if isinstance(moments.dtype, pd.DatetimeTZDtype) else Dates(moments=moments, aware=False)


def _strptime(text: pd.Series, form: str) -> pd.Series:
    aware = "%z" in form or (form == "ISO8601" and bool(text.str.contains(r"[Tt\s].*(?:[Zz]|[+-]\d{2}:?\d{2})$").any()))
    try:
        return pd.to_datetime(text, format=form, errors="coerce", utc=aware)
    except ValueError as error:
        raise DataError(f"data.time_format `{form}` is not a strptime form ({error}): {FORMAT_HINT}") from error


def _by_number(table: Table, series: pd.Series, numbers: pd.Series) -> Dates:
    """Seconds, milli-, micro- or nanoseconds since 1970, or dates such as 20240131."""
    if numbers.between(19_000_101, 21_001_231).all():
        dates = pd.to_datetime(numbers.astype("int64").astype(str), format="%Y%m%d", errors="coerce")
        require_none(table, series, dates.isna(), "is not a date of the form `%Y%m%d`", FORMAT_HINT)
        return Dates(moments=dates, aware=True)
    for unit, (low, high) in _EPOCHS.items():
        if numbers.between(low, high, inclusive="left").all():
            exact = series.astype("int64") if pd.api.types.is_integer_dtype(series.dtype) else numbers
            moments = pd.to_datetime(exact, unit=unit, utc=True)
            return _aware(moments, (f"times in `{series.name}` were read as {unit} since 1970",))
    raise DataError(
        f"{table.source}: `{series.name}` holds numbers ({examples(table, series, [0, len(series) - 1])}) that are not "
        f"seconds since 1970 throughout: {FORMAT_HINT}, or leave out data.time when file order is time order"
    )
