"""Alerts and what people are told of them, from the flows: raised by judgements, told when due, delivered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from flows.desk import Desk, wall_clock
from infra.alert_book import change_alerts
from infra.domain.alerts import Alert, AlertBook, AlertChange
from infra.domain.handover import note_action
from infra.notify.delivering import Delivered, deliver_alone
from infra.notify.senders import Sender, senders_of
from infra.ports import Ports
from infra.settings import Settings
from monitoring.alerting import answered_by
from monitoring.joining import since_of
from monitoring.rules import ACCURACY_DEGRADED, Judgement
from monitoring.settling import judge_delivery, settle

ANSWERED_BY_RETRAINING = frozenset({ACCURACY_DEGRADED, "estimate_degraded", "weak_slice"})
"""Rules whose alerts a retraining is meant to answer."""


def raise_alerts(desk: Desk, judgement: Judgement, *, at: datetime) -> bool:
    """Save what a judgement at event time `at` changes, with its notices; whether that is news.

    News is an alert that was opened, and one that names a column which it did not name before.
    """
    news: set[str] = set()

    def decide(book: AlertBook) -> list[AlertChange]:
        changes = settle(book, judgement, desk.spec, at=at)
        news.clear()  # of an attempt that came to nothing
        before = {one.id: one for one in (*book.standing, *book.resolved) if one.state != "pending"}
        news.update(alert.id for alert, _ in changes if _is_news(alert, before.get(alert.id)))
        return changes

    change_alerts(desk.ports.alerts, desk.ports.outbox, desk.spec.model, decide)
    return bool(news)


def _is_news(alert: Alert, before: Alert | None) -> bool:
    if before is None:
        return alert.state == "open"
    return len(since_of(alert.evidence)) > len(since_of(before.evidence))


def tell(desk: Desk, *, now: datetime) -> None:
    """Keep for delivery what is due to be told at `now`, and open an alert about a target that was given up on."""

    def decide(book: AlertBook) -> list[AlertChange]:
        return settle(book, judge_delivery(book, desk.spec.model), desk.spec, at=now)

    change_alerts(desk.ports.alerts, desk.ports.outbox, desk.spec.model, decide)


def deliver(
    ports: Ports,
    settings: Settings,
    *,
    clock: Callable[[], datetime] = wall_clock,
    senders: Mapping[str, Sender] | None = None,
) -> Delivered:
    """Send what waits, of all models; nothing when another process is at it."""
    return deliver_alone(ports.outbox, ports.leases, senders or senders_of(settings), clock=clock)


def standing_ids(desk: Desk, rules: Collection[str]) -> list[str]:
    """The alerts of these rules that people were told about and that stand, by opening."""
    standing = (one for one in desk.ports.alerts.unresolved(desk.spec.model) if one.state != "pending")
    return [one.id for one in standing if one.rule in rules]


def note_deed(desk: Desk, rules: Collection[str], deed: str, *, at: datetime) -> None:
    """Append what was done to the standing alerts of these rules."""

    def decide(book: AlertBook) -> list[AlertChange]:
        noted = [(alert, note_action(alert, deed, at)) for alert in _about(book, rules)]
        return [(after, ()) for before, after in noted if after != before]

    change_alerts(desk.ports.alerts, desk.ports.outbox, desk.spec.model, decide)


def close_answered(
    desk: Desk, rules: Collection[str], deed: str, *, at: datetime, about: Callable[[Alert], bool] = lambda _: True
) -> None:
    """Resolve the standing alerts of these rules that are `about` it, because of what was done."""

    def decide(book: AlertBook) -> list[AlertChange]:
        return [(answered_by(alert, deed, at), ()) for alert in _about(book, rules) if about(alert)]

    change_alerts(desk.ports.alerts, desk.ports.outbox, desk.spec.model, decide)


def _about(book: AlertBook, rules: Collection[str]) -> list[Alert]:
    return [alert for alert in book.standing if alert.rule in rules]
