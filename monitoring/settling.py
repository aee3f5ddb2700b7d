"""What one judgement changes: the alerts it opens, keeps up or resolves, and what is to be told with them.

It writes nothing: `infra.alert_book` gathers before and saves after.
"""

from __future__ import annotations

from datetime import datetime

from infra.domain.alerts import AlertBook, AlertChange, Notice
from infra.spec import ModelSpec
from monitoring.alerting import advance
from monitoring.breaches import breach_of
from monitoring.grouping import notices_for
from monitoring.joining import found_at
from monitoring.rules import Breach, Judgement

DELIVERY_FAILED = "delivery_failed"


def settle(book: AlertBook, judgement: Judgement, spec: ModelSpec, *, at: datetime) -> list[AlertChange]:
    """The alerts to be saved after a judgement at event time `at`, in order, the notices with the last of them.

    An empty judgement lifts silences that ended, and finds what is to be told by now: reminders, what waited for its
    group's interval, what has stayed resolved.
    """
    found = found_at(at, book.notices)
    changed = {alert.id: alert for alert in advance(book.standing, judgement, spec, at=at, found_at=found)}
    after = {alert.id: alert for alert in (*book.resolved, *book.standing)} | changed
    notices = tuple(notices_for(list(after.values()), book.notices, spec, now=at))
    if notices:
        carrier = next(reversed(changed), notices[0].alert_ids[0])
        changed[carrier] = after[carrier]
    last = next(reversed(changed), None)
    return [(alert, notices if name == last else ()) for name, alert in changed.items()]


def judge_delivery(book: AlertBook, model: str) -> Judgement:
    """Whether the newest notice to each target that was concluded was given up on.

    A breach that stands already is left out, and the rule is not judged while it lasts.
    """
    concluded: dict[str, Notice] = {}
    for notice in reversed(book.notices):
        if notice.state != "waiting":
            concluded[notice.target] = notice
    failed = [notice for notice in concluded.values() if notice.state == "failed"]
    standing = {alert.dedup_key for alert in book.standing if alert.rule == DELIVERY_FAILED}
    breaches = [_undelivered(notice, model) for notice in failed]
    fresh = tuple(breach for breach in breaches if breach.dedup_key not in standing)
    over = standing - {breach.dedup_key for breach in breaches}
    return Judgement(breaches=fresh, judged=frozenset({DELIVERY_FAILED}) if over and not failed else frozenset())


def _undelivered(notice: Notice, model: str) -> Breach:
    message = (
        f"{notice.target} was not told `{notice.subject}` after {notice.attempts} attempts: {notice.problem}. "
        "Check the address in KEEPSHARP_TARGETS; `keepsharp alerts --notices` lists what was given up on."
    )
    made = breach_of(DELIVERY_FAILED, "warning", model, message, {"target": notice.target, "notice": notice.id})
    return Breach(
        rule=made.rule,
        severity=made.severity,
        dedup_key=f"{made.dedup_key}:{notice.target}",
        message=made.message,
        evidence=made.evidence,
    )
