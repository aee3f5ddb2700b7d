"""A model's alerts and notices, gathered, changed by a pure decision, and saved: also when somebody else was quicker.

It decides nothing and sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from infra.domain.alerts import Alert, AlertBook, AlertChange, Notice
from infra.domain.errors import Conflict
from infra.ports import Alerts, Outbox

NEWEST_NOTICES = 500
_ATTEMPTS = 20
"""On SQLite each waits for its turn to write, behind a look that may change the alert for each of its windows."""


def read_book(alerts: Alerts, outbox: Outbox, model: str) -> AlertBook:
    """What stands, what somebody may believe to stand, and what people were told lately."""
    standing = (*alerts.pending(model), *alerts.unresolved(model))
    notices = tuple(outbox.page(model, NEWEST_NOTICES))
    unseen = _believed(notices) - {alert.id for alert in standing}
    return AlertBook(standing=standing, resolved=tuple(alerts.found(sorted(unseen))), notices=notices)


def change_alerts(
    alerts: Alerts, outbox: Outbox, model: str, decide: Callable[[AlertBook], Sequence[AlertChange]]
) -> list[Alert]:
    """Save what `decide` makes of the book, all of it or nothing, and return the alerts that were saved.

    When somebody changed one of them meanwhile, it is asked again about the book as it is then.

    Raises:
        Conflict: others were quicker each time.
    """
    changes: Sequence[AlertChange] = ()
    for attempt in range(_ATTEMPTS):
        book = read_book(alerts, outbox, model)
        known = {alert.id: alert for alert in (*book.standing, *book.resolved)}
        changes = decide(book)
        try:
            alerts.save_all(changes, [known[alert.id] for alert, _ in changes if alert.id in known])
        except Conflict:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            break
    return [alert for alert, _ in changes]


def _believed(notices: Sequence[Notice]) -> set[str]:
    """Alerts that some target was told of, and not that they are resolved; the notices come newest first."""
    believed: set[tuple[str, str]] = set()
    for notice in reversed(notices):
        about = {(notice.target, alert_id) for alert_id in notice.alert_ids}
        believed = believed - about if notice.event == "resolved" else believed | about
    return {alert_id for _, alert_id in believed}
