"""Look at one model once: close windows, look after the alarm, measure what is due, and consider a retraining.

A plain function: a replay calls it for each batch, and `flows.monitor_flow` on a schedule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flows.alarming import check_alarm
from flows.closing import Press, close_windows
from flows.considering import consider
from flows.desk import Desk
from flows.measuring import measure_windows
from flows.references import References
from infra.domain.alerts import Trigger
from infra.domain.windows import Window


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What one look found."""

    closed: tuple[Window, ...]
    measured: tuple[Window, ...]
    trigger: Trigger | None


def monitor(desk: Desk, references: References, press: Press, *, now: datetime) -> Watched:
    """One look at event time `now`; a retraining is considered when a window was measured."""
    closed = close_windows(desk, references, press, now=now)
    check_alarm(desk, now=now)
    measured = measure_windows(desk, references, press, now=now)
    trigger = consider(desk, now=now) if measured else None
    return Watched(closed=tuple(closed), measured=tuple(measured), trigger=trigger)
