"""Calendar months and days in UTC, which budgets and reports count by."""

from __future__ import annotations

from datetime import UTC, datetime

from infra.domain.costs import CostEntry


def month_of(at: datetime) -> tuple[datetime, datetime]:
    """First moment of the calendar month (UTC) of an event time, and of the next one.

    >>> month_of(datetime(2024, 12, 5, tzinfo=UTC))[1].isoformat()
    '2025-01-01T00:00:00+00:00'
    """
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first, following


def day_of(at: datetime) -> str:
    """The day (UTC) of an event time, as entries that gather one are named.

    >>> day_of(datetime(2024, 12, 5, 23, 30, tzinfo=UTC))
    '2024-12-05'
    """
    return at.astimezone(UTC).date().isoformat()


def changed(entry: CostEntry) -> tuple[str, str]:
    """The model and the month (UTC) that an entry belongs to, as the ledger counts its changes."""
    return entry.model, month_name(entry.at)


def month_name(at: datetime) -> str:
    """The calendar month (UTC) of an event time, as sheets name it.

    >>> month_name(datetime(2024, 12, 5, tzinfo=UTC))
    '2024-12'
    """
    return f"{at.astimezone(UTC):%Y-%m}"


def month_named(name: str) -> tuple[datetime, datetime]:
    """As `month_of`, by its name."""
    return month_of(datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC))
