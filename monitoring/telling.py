"""What a notice says, in words for a person who may be woken by it. It decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from infra.domain.alerts import Alert, NoticeEvent
from monitoring.joining import Since, listed, spoken

_MOST_ALERTS = 20
_MOST_RULES = 3
_WORDS: dict[NoticeEvent, str] = {
    "opened": "",
    "joined": "more in ",
    "reminder": "still open: ",
    "resolved": "resolved: ",
}
News = Mapping[str, Mapping[str, Since]]
"""By the id of an alert: what it names that is news, and since when."""


def subject_of(event: NoticeEvent, alerts: Sequence[Alert], news: News) -> str:
    """One line: how bad, which model, what. `alerts` are of one model and severity, at least one."""
    first = alerts[0]
    rules = Counter(alert.rule for alert in alerts).most_common()
    named = ", ".join(f"{rule} × {count}" if count > 1 else rule for rule, count in rules[:_MOST_RULES])
    more = f" and {len(rules) - _MOST_RULES} more rules" if len(rules) > _MOST_RULES else ""
    names = [name for alert in alerts for name in news.get(alert.id, ())] if event == "joined" else []
    return f"[{first.severity}] {first.model}: {_WORDS[event]}{named}{more}{f': {listed(names)}' if names else ''}"


def body_of(event: NoticeEvent, alerts: Sequence[Alert], news: News) -> str:
    """A paragraph for each alert, the newest 20 of them, and how to answer."""
    shown = sorted(alerts, key=lambda alert: alert.opened_at, reverse=True)[:_MOST_ALERTS]
    parts = [_paragraph(event, alert, news.get(alert.id, {})) for alert in shown]
    if len(alerts) > len(shown):
        parts.append(f"And {len(alerts) - len(shown)} more: `keepsharp alerts {alerts[0].model}` lists them.")
    if event != "resolved":
        parts.append(f"To take it on: `keepsharp alerts acknowledge {shown[0].id}`.")
    return "\n\n".join(parts)


def _paragraph(event: NoticeEvent, alert: Alert, news: Mapping[str, Since]) -> str:
    report = alert.evidence.get("report")
    lines = [
        f"{alert.rule} since {_moment(alert.opened_at)}: {alert.message}",
        f"new since this was last told: {spoken(news)}" if news else "",
        f"resolved {_moment(alert.resolved_at)}" if event == "resolved" and alert.resolved_at else "",
        f"owner: {alert.owner}" if alert.owner else "",
        f"what to do: {alert.runbook}" if alert.runbook else "",
        f"evidence: {report}" if report else "",
        f"done so far: {'; '.join(alert.actions[-3:])}" if alert.actions else "",
        f"alert {alert.id}",
    ]
    return "\n".join(line for line in lines if line)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
