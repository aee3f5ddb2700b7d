"""From figures and moments to places in a picture, and where its ticks go. It draws nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

_STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 43200, 86400, 172800, 345600, 604800, 1209600)
)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Straight from `low..high` to pixels `start..end`; equal ends give the middle."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Pixels, to a tenth."""
        share = 0.5 if self.high == self.low else (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def nice_step(span: float, most: int) -> float:
    """The least of 1, 2, 5 × 10ⁿ that cuts `span` into at most `most` pieces.

    >>> [nice_step(span, 5) for span in (1.0, 0.13, 42.0)]
    [0.2, 0.05, 10.0]
    """
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return float(f"{step * power:.12g}")


def value_ticks(low: float, high: float, most: int) -> list[float]:
    """Round figures within `low..high`; the one figure when both are as good as equal.

    >>> value_ticks(0.68, 0.86, 4)
    [0.7, 0.75, 0.8, 0.85]
    """
    if high - low <= max(1e-9 * max(abs(low), abs(high)), 1e-100):
        return [low]
    step = nice_step(high - low, most)
    first = math.ceil(low / step - 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, math.floor(high / step + 1e-9) + 1)]


def time_ticks(start: datetime, end: datetime, most: int) -> list[datetime]:
    """At most `most` whole hours, days, months or years (UTC) within `start..end`."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    for step in _STEPS:
        if (end - start) / step <= most - 1:
            return _regular(start, end, step)
    for months in _MONTHS:
        ticks = _monthly(start, end, months)
        if len(ticks) <= most:
            return ticks
    return ticks[:: math.ceil(len(ticks) / most)]


def time_label(when: datetime, ticks: Sequence[datetime]) -> str:
    """A tick's words: the hour within a day, the day within a year, else month and year."""
    gap = min((later - earlier for earlier, later in pairwise(ticks)), default=timedelta(days=1))
    if gap < timedelta(minutes=1):
        return f"{when:%H:%M:%S}"
    if gap < timedelta(days=1):
        return f"{when:%H:%M}" if when.hour or when.minute else f"{when.day} {when:%b}"
    return f"{when.day} {when:%b}" if gap < timedelta(days=28) else f"{when:%b %Y}"


def _regular(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    monday = datetime(1999, 12, 27, tzinfo=UTC)
    tick = monday + math.ceil((start - monday) / step) * step
    ticks = []
    while tick <= end:
        ticks.append(tick)
        tick += step
    return ticks


def _monthly(start: datetime, end: datetime, months: int) -> list[datetime]:
    first = start.year * 12 + start.month - 1
    ticks = []
    for count in range(first - first % months, end.year * 12 + end.month, months):
        tick = datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)
        if start <= tick <= end:
            ticks.append(tick)
    return ticks
