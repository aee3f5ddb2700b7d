"""Figures and moments as a person reads them. Unmeasured is an em dash, never 0."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Literal

Metric = Literal["accuracy", "mae"]
UNKNOWN = "—"


def metric_name(metric: Metric) -> str:
    """The headline metric within a sentence."""
    return "accuracy" if metric == "accuracy" else "MAE"


def level(value: float | None, metric: Metric) -> str:
    """The headline metric.

    >>> level(0.7841, "accuracy"), level(12.3456, "mae"), level(None, "mae")
    ('78.4%', '12.35', '—')
    """
    if value is None:
        return UNKNOWN
    return f"{value:.1%}" if metric == "accuracy" else f"{value:.4g}"


def interval(low: float, high: float, metric: Metric) -> str:
    """Both ends of an interval.

    >>> interval(0.733, 0.8275, "accuracy"), interval(11.0, 12.5, "mae")
    ('73.3–82.8%', '11–12.5')
    """
    if metric == "accuracy":
        return f"{100 * low:.1f}–{100 * high:.1f}%"
    return f"{low:.4g}–{high:.4g}"


def money(amount: float, currency: str) -> str:
    """An amount to the hundredth; a smaller one with the digits that say something.

    >>> money(1234.5, "USD"), money(0.0, "EUR"), money(0.0000664, "USD")
    ('1,234.50 USD', '0 EUR', '0.000066 USD')
    """
    if amount == 0.0:
        digits = "0"
    elif abs(amount) >= 0.01:
        digits = f"{amount:,.2f}"
    else:
        digits = f"{amount:.{1 - math.floor(math.log10(abs(amount)))}f}"
    return f"{digits} {currency}".strip()


def moment(when: datetime) -> str:
    """Day and minute in UTC.

    >>> moment(datetime(2026, 3, 1, 9, 5, tzinfo=UTC))
    '1 Mar 2026, 09:05 UTC'
    """
    utc = when.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def day(when: datetime) -> str:
    """The day in UTC.

    >>> day(datetime(2026, 3, 1, 9, 5, tzinfo=UTC))
    '1 Mar 2026'
    """
    utc = when.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y}"


def month(when: datetime) -> str:
    """The month in UTC.

    >>> month(datetime(2026, 3, 1, tzinfo=UTC))
    'March 2026'
    """
    return f"{when.astimezone(UTC):%B %Y}"


def figure(value: float | int | str | None) -> str:
    """One piece of evidence.

    >>> [figure(value) for value in (0.123456, 12000, "warm", None)]
    ['0.1235', '12,000', 'warm', '—']
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else value


def phrase(name: str) -> str:
    """A rule's or a figure's name as words.

    >>> phrase("accuracy_degraded")
    'accuracy degraded'
    """
    return name.replace("_", " ")
