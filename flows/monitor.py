"""Look at one model once: close windows and estimate them, hold back what looks flipped, look after the alarm, measure
what is due, listen to the labels and to silence, and consider a retraining.

A plain function: a replay calls it for each batch, and `flows.monitor_flow` on a schedule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flows.asking.bringing_back import bring_back
from flows.asking.considering import consider
from flows.asking.returning import follow_returns, not_followed
from flows.desk import Desk
from flows.ledger.budgeting import watch_budgets
from flows.ledger.metering import charged
from flows.notifying import tell
from flows.retraining.recovering import recover
from flows.rows.origins import BRING_BACK
from flows.rows.quarantining import tell_of_quarantines
from flows.windows.alarming import check_alarm, checked_through
from flows.windows.closing import Press, close_windows
from flows.windows.estimating import estimate_windows
from flows.windows.listening import keep_heard, listen, listen_to_new
from flows.windows.measuring import measure_windows
from flows.windows.references import References
from flows.windows.silence import watch_silence
from infra.domain.alerts import Trigger
from infra.domain.windows import Window


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What one look found."""

    closed: tuple[Window, ...]
    measured: tuple[Window, ...]
    """By this look, or by one that was killed before it had drawn its conclusions."""
    trigger: Trigger | None


def monitor(desk: Desk, references: References, press: Press, *, now: datetime) -> Watched:
    """One look at event time `now`; a retraining is considered when a window was measured. It is charged to its day."""
    with charged(desk, "monitor", now=now):
        watched = _look(desk, references, press, now)
    windows = not_followed(desk)
    if windows or watched.measured:
        with charged(desk, "shadow", now=now):
            follow_returns(desk, windows)
    return watched


def _look(desk: Desk, references: References, press: Press, now: datetime) -> Watched:
    recover(desk)
    closed = close_windows(desk, references, press, now=now)
    estimate_windows(desk, now=now)
    through = desk.ports.labels.last_place(desk.spec.model)
    if through > checked_through(desk):
        listen_to_new(desk, now=now)
    else:
        tell_of_quarantines(desk, now=now)
    check_alarm(desk, now=now, through=through)
    measure_windows(desk, references, press, now=now)
    measured = listen(desk, desk.ports.windows.unheard(desk.spec.model), now=now)
    watch_silence(desk, now=now)
    watch_budgets(desk, now=now)
    tell(desk, now=now)
    trigger = consider(desk, now=now) if measured else None
    if trigger is not None and trigger.state == "accepted" and trigger.evidence.get("how") == BRING_BACK:
        trigger = bring_back(desk, trigger, now=now)
    keep_heard(desk, measured)
    return Watched(closed=tuple(closed), measured=tuple(measured), trigger=trigger)
