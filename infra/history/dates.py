"""Written dates of a whole column → moments, or a clear refusal.

Which of two numbers is the day is decided once for the column, never row by row: a first number above 12 somewhere
says day first, a second above 12 month first. When neither is there, an order that only one reading keeps decides;
otherwise the column is refused with both readings. It knows no time zones but the offsets that are written.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from infra.domain.errors import DataError
from infra.history.table import Table, examples, require_none

FORMAT_HINT = "name its form in data.time_format, such as `%d/%m/%Y %H:%M`"
_LEAST_DAYS_FOR_ORDER = 5
_WRITTEN = {"day": "day/month/year", "month": "month/day/year"}
_OFFSET = r"(?P<offset>\s*(?:Z|z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?))?"
_CLOCK = r"(?:[T\s]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)(?P<half>\s*[AaPp][Mm])?" + _OFFSET + ")?"
_YEAR_FIRST = r"(?P<first>\d{4})[-/.](?P<second>\d{1,2})[-/.](?P<third>\d{1,2})" + _CLOCK
_YEAR_LAST = r"(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<third>\d{4})" + _CLOCK


@dataclass(frozen=True, kw_only=True, slots=True)
class Dates:
    """Naive moments: in UTC when `aware`, else local to a zone that the column does not name."""

    moments: pd.Series
    aware: bool
    notes: tuple[str, ...] = ()


def read_dates(table: Table, series: pd.Series, text: pd.Series) -> Dates:
    """Read `2018-01-31 08:00`, `31/1/2018`, `31 Jan 2018 08:00+01:00`; `text` is the column without spaces around.

    Raises:
        DataError: values that are no dates, or dates that could mean two things.
    """
    if text.str.contains(r"[A-Za-z]{3}").all():
        return _with_month_names(table, series, text)
    parts = text.str.extract(f"^(?:{_YEAR_FIRST})$")
    order = "year"
    notes: tuple[str, ...] = ()
    if parts["first"].isna().all():
        parts = text.str.extract(f"^(?:{_YEAR_LAST})$")
        require_none(table, series, parts["first"].isna(), "is not a time that can be read", FORMAT_HINT)
        order, notes = _day_or_month(table, series, parts)
    require_none(table, series, parts["first"].isna(), "is not a time that can be read", FORMAT_HINT)
    local = _assembled(parts, order)
    require_none(table, series, local.isna(), "is not a moment in any calendar", FORMAT_HINT)
    return _without_offset(table, series, local, parts["offset"], notes)


def _with_month_names(table: Table, series: pd.Series, text: pd.Series) -> Dates:
    aware = bool(text.str.contains(r"(?:[Zz]|UTC|GMT|[+-]\d{2}:?\d{2})$").all())
    moments = pd.to_datetime(text, format="mixed", errors="coerce", utc=aware)
    require_none(table, series, moments.isna(), "is not a time that can be read", FORMAT_HINT)
    return Dates(moments=moments.dt.tz_localize(None) if aware else moments, aware=aware)


def _assembled(parts: pd.DataFrame, order: str) -> pd.Series:
    """Local moments, NaT where there is no such day or hour."""
    names = {"year": ("first", "second", "third"), "day": ("third", "second", "first")}
    year, month, day = names.get(order, ("third", "first", "second"))
    clock = parts["clock"].fillna("0:00").str.replace(",", ".", regex=False)
    date = parts[year] + "-" + parts[month].str.zfill(2) + "-" + parts[day].str.zfill(2)
    half = parts["half"].str.strip().str.upper()
    if half.isna().all():
        joined = date + "T" + clock.where(clock.str.len().ne(4) & clock.str.find(":").ne(1), "0" + clock)
        return pd.to_datetime(joined, format="ISO8601", errors="coerce")
    with_seconds = clock.where(clock.str.count(":").eq(2), clock + ":00")
    joined = date + " " + with_seconds + " " + half.fillna("")
    return pd.to_datetime(joined, format="%Y-%m-%d %I:%M:%S %p", errors="coerce")


def _day_or_month(table: Table, series: pd.Series, parts: pd.DataFrame) -> tuple[str, tuple[str, ...]]:
    """Which number of `1/2/2018` is the day, decided from the whole column."""
    first, second = parts["first"].astype(int), parts["second"].astype(int)
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    if day_first and month_first:
        rows = [int((first > 12).to_numpy().argmax()), int((second > 12).to_numpy().argmax())]
        raise DataError(
            f"{table.source}: `{series.name}` mixes day/month and month/day ({examples(table, series, rows)}): "
            f"write all times one way, and {FORMAT_HINT}"
        )
    if day_first or month_first:
        order = "day" if day_first else "month"
        return order, (f"`{series.name}` was read as {_WRITTEN[order]}: one number is above 12",)
    return _by_order(table, series, parts)


def _by_order(table: Table, series: pd.Series, parts: pd.DataFrame) -> tuple[str, tuple[str, ...]]:
    """The reading in which time never falls, when only one does and there are enough days to tell."""
    readings = {order: _assembled(parts, order) for order in _WRITTEN}
    rising = [order for order, moments in readings.items() if moments.is_monotonic_increasing]
    days = parts[["first", "second", "third"]].drop_duplicates()
    if len(rising) == 1 and len(days) >= _LEAST_DAYS_FOR_ORDER:
        return rising[0], (f"`{series.name}` was read as {_WRITTEN[rising[0]]}: only so do the rows stand in order",)
    place = int((parts["first"] != parts["second"]).to_numpy().argmax())
    said = " or ".join(
        f"{moments.iloc[place].strftime('%d %B %Y')} ({_WRITTEN[order]})" for order, moments in readings.items()
    )
    raise DataError(
        f"{table.source}: `{series.name}` is ambiguous: {examples(table, series, [place])} may be {said}. Name its "
        f"form in data.time_format: `{_form(parts, 'day')}` or `{_form(parts, 'month')}`"
    )


def _form(parts: pd.DataFrame, order: str) -> str:
    clocks = parts["clock"].dropna()
    clock = " %H:%M:%S" if clocks.str.count(":").eq(2).any() else " %H:%M"
    return ("%d/%m/%Y" if order == "day" else "%m/%d/%Y") + (clock if len(clocks) else "")


def _without_offset(
    table: Table, series: pd.Series, local: pd.Series, offset: pd.Series, notes: tuple[str, ...]
) -> Dates:
    """The moments in UTC when all carry an offset, as they are when none does."""
    carried = offset.notna().to_numpy()
    if not carried.any():
        return Dates(moments=local, aware=False, notes=notes)
    if not carried.all():
        rows = [int(carried.argmax()), int((~carried).argmax())]
        raise DataError(
            f"{table.source}: `{series.name}` has times with and without a time zone "
            f"({examples(table, series, rows)}): write all of them one way"
        )
    ahead = offset.str.strip().map(_ahead)
    return Dates(moments=local - ahead, aware=True, notes=notes)


def _ahead(offset: str) -> pd.Timedelta:
    if offset.upper() in ("Z", "UTC", "GMT"):
        return pd.Timedelta(0)
    digits = offset[1:].replace(":", "").ljust(4, "0")
    ahead = pd.Timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -ahead if offset[0] == "-" else ahead
