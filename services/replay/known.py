"""Changes of a history that are known beforehand, and what found each: an alert that opened, or one told again.

It compares moments and names of columns; it cannot know that an alert is about a change, only that it came after it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from infra.domain.alerts import Alert
from monitoring.joining import joinings, listed


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownChange:
    """What changed from `row` (counted from 0) on, in the columns `columns`; none named: in any way."""

    row: int
    columns: tuple[str, ...] = ()
    what: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.what, f"row {self.row:,}", listed(self.columns))))


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """When an alert opened, or was told again because more columns joined it, and which of them it named then."""

    how: Literal["opened", "told again"]
    rule: str
    row: int
    named: tuple[str, ...]


def known_change(text: str) -> KnownChange:
    """What `ROW` or `ROW:COLUMN,COLUMN` says.

    >>> known_change("17424:vicprice,transfer")
    KnownChange(row=17424, columns=('vicprice', 'transfer'), what='')

    Raises:
        ValueError: the row is no number.
    """
    row, _, columns = text.partition(":")
    return KnownChange(row=int(row), columns=tuple(name.strip() for name in columns.split(",") if name.strip()))


def find_changes(
    known: Sequence[KnownChange], alerts: Sequence[Alert], times: Sequence[datetime]
) -> list[tuple[KnownChange, Found | None]]:
    """What came first after each change; `times` has the event time of every row.

    Where columns are known, it is the first alert that opened with one of them or that one of them joined; else the
    first of all before the next known change. Alerts of severity `info` do not count.
    """
    told = sorted((one for alert in alerts for one in _told(alert, times)), key=lambda one: one.row)
    return [(change, next((one for one in told if _is_about(one, change, known)), None)) for change in known]


def early_alerts(known: Sequence[KnownChange], alerts: Sequence[Alert], times: Sequence[datetime]) -> int:
    """How many alerts, those of severity `info` left out, opened before the first known change."""
    opened = [one for alert in alerts for one in _told(alert, times) if one.how == "opened"]
    return sum(one.row < min(change.row for change in known) for one in opened)


def found_words(change: KnownChange, found: Found | None) -> str:
    """One line about a change and what found it."""
    if found is None:
        return f"  {change}: found by no alert"
    named = [name for name in found.named if not change.columns or name in change.columns]
    about = f" for {listed(named)}" if named else ""
    return f"  {change}: {found.rule} {found.how}{about} at row {found.row:,}, {found.row - change.row:,} rows later"


def _told(alert: Alert, times: Sequence[datetime]) -> Iterator[Found]:
    if alert.severity == "info" or alert.state == "pending":
        return
    told = joinings(alert.evidence)
    begun = told[:1] if told and told[0][0].at <= alert.opened_at else []
    begun_with = tuple(name for _, names in begun for name in names)
    yield Found(how="opened", rule=alert.rule, row=bisect_left(times, alert.opened_at), named=begun_with)
    for since, names in told[len(begun) :]:
        yield Found(how="told again", rule=alert.rule, row=bisect_left(times, since.at), named=tuple(names))


def _is_about(told: Found, change: KnownChange, known: Sequence[KnownChange]) -> bool:
    if told.row < change.row:
        return False
    if change.columns:
        return any(name in change.columns for name in told.named)
    return all(told.row < other.row for other in known if other.row > change.row)
