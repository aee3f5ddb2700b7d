"""What a month and a year will cost, by what the latest days have cost.

The method is simple, and said with every figure: the mean of the latest days goes on, and the band holds the spread of
the days and the uncertainty of their mean, as if days were independent. It knows no plan and no season.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

LEAST_DAYS = 7
MOST_DAYS = 90
BAND = 0.9
_Z = statistics.NormalDist().inv_cdf(0.5 + BAND / 2)
YEAR_DAYS = 365


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """An amount and its band."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """What the calendar month, the calendar year and the next 365 days are forecast to cost, in one currency, and from
    how many days. What was spent of a month or year is in its forecast."""

    month: Forecast
    year_end: Forecast
    year: Forecast
    days: int

    @property
    def method(self) -> str:
        return f"the mean of the latest {self.days} days goes on; {BAND:.0%} band from their spread"


def outlook_of(daily: Mapping[date, float], today: date) -> Outlook | None:
    """The outlook at the end of `today`; days without an amount cost nothing. None with fewer than seven days.

    >>> flat = {date(2026, 3, day): 2.0 for day in range(1, 11)}
    >>> outlook_of(flat, date(2026, 3, 10)).month.value
    62.0
    """
    known = [day for day in daily if day <= today]
    if not known:
        return None
    first = max(min(known), today - timedelta(days=MOST_DAYS - 1))
    days = [daily.get(first + timedelta(days=place), 0.0) for place in range((today - first).days + 1)]
    if len(days) < LEAST_DAYS:
        return None
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    new_year = date(today.year + 1, 1, 1)
    return Outlook(
        month=_ahead(days, (following - today).days - 1, _spent(daily, today.replace(day=1), today)),
        year_end=_ahead(days, (new_year - today).days - 1, _spent(daily, date(today.year, 1, 1), today)),
        year=_ahead(days, YEAR_DAYS, 0.0),
        days=len(days),
    )


def _spent(daily: Mapping[date, float], first: date, today: date) -> float:
    return math.fsum(amount for day, amount in daily.items() if first <= day <= today)


def _ahead(days: list[float], left: int, spent: float) -> Forecast:
    """What was spent and the mean of the days for each one left."""
    value = spent + left * statistics.fmean(days)
    spread = statistics.stdev(days) * math.sqrt(left + left**2 / len(days))
    return Forecast(value=value, low=max(spent, value - _Z * spread), high=value + _Z * spread)
