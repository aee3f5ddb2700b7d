"""What a model costs though nothing is done to it: its record on disk, a day at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flows.desk import Desk
from flows.ledger.budgeting import watch_budgets
from infra.ledger.accruals import storage_entries

DAY = timedelta(days=1)


def accrue_storage(desk: Desk, *, start: datetime, end: datetime) -> None:
    """Charge what the model's record weighs now for the span [start, end) of event time; the same span counts once."""
    sizes = desk.ports.storage.bytes_of(desk.spec.model)
    desk.ports.costs.meter(storage_entries(sizes, desk.spec, start=start, end=end))


def accrue_day(desk: Desk, *, now: datetime) -> None:
    """Charge the day (UTC) that `now` lies in, whole, and hold the month against the budgets. Again is the same."""
    start = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    accrue_storage(desk, start=start, end=start + DAY)
    watch_budgets(desk, now=now)
