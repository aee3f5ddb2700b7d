"""Who is told what, and when: what people believe of a model's alerts, against what is so.

Nothing is remembered beside the notices themselves, so that whoever asks again, after a crash or in another process,
finds the same to be told. It sends nothing: `infra.notify` delivers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from infra.domain.alerts import SEVERITIES, Alert, Notice, NoticeEvent, Severity
from infra.spec import ModelSpec, Span
from monitoring.joining import joined, newest_name
from monitoring.telling import News, body_of, subject_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Belief:
    """What a target was last told of one dedup key: that it stands, this severe."""

    severity: Severity
    at: datetime
    ids: frozenset[str]


def notices_for(alerts: Sequence[Alert], notices: Sequence[Notice], spec: ModelSpec, *, now: datetime) -> list[Notice]:
    """What is to be told at `now`: at most one notice for each target and group (model and severity) and interval.

    `alerts` are those of the model that stand, and those resolved of which somebody may believe that they do;
    `notices` are the earlier ones, newest first. Alerts that nobody was told of, or of a milder one under their key,
    are told as `opened`, all of a group together, and no sooner than `group_every` after the group's last notice.
    One that names a column of which its target has not heard is told again in the same way, as `joined`, also when it
    was acknowledged; a column that left and came back is known until somebody was told that the alert is resolved.
    Open ones are brought to mind every `remind_every`, until they are acknowledged. One that has stayed away for
    `remind_every` is told as `resolved`, once; one that came back before was never gone, so that a figure that
    crosses its threshold again and again is told once. Pending and silenced alerts are not told.
    """
    now = newest_name(alerts, max([now, *(notice.created_at for notice in notices)]))
    told = (_told(target, alerts, notices, spec, now) for target in dict.fromkeys(spec.alerts.notify))
    return [notice for of_target in told for notice in of_target]


def group_of(model: str, severity: Severity) -> str:
    """What is told together."""
    return f"{model}:{severity}"


def _told(
    target: str, alerts: Sequence[Alert], notices: Sequence[Notice], spec: ModelSpec, now: datetime
) -> Iterable[Notice]:
    earlier = [notice for notice in notices if notice.target == target]
    beliefs = _beliefs(earlier, {alert.id: alert.dedup_key for alert in alerts})
    for severity in SEVERITIES[SEVERITIES.index(spec.alerts.least_severity) :]:
        group = group_of(spec.model, severity)
        of_group = [notice for notice in earlier if notice.group == group]
        if of_group and now - max(one.created_at for one in of_group) < _length(spec.alerts.group_every):
            continue
        news = _joined(severity, alerts, beliefs)
        event, about = _what(severity, alerts, beliefs, news, _length(spec.alerts.remind_every), now)
        if about:
            yield _notice(event, about, news, group, target, spec, now, _ids(about, beliefs))


def _what(
    severity: Severity,
    alerts: Sequence[Alert],
    beliefs: Mapping[str, _Belief],
    news: News,
    every: timedelta,
    now: datetime,
) -> tuple[NoticeEvent, list[Alert]]:
    """The most pressing event of a group, and the alerts that it is about; none: there is nothing to tell."""
    firing = _firing(severity, alerts)
    fresh = {alert.id for alert in firing if _is_news(alert, beliefs.get(alert.dedup_key))}
    if fresh or news:
        return "opened" if fresh else "joined", [one for one in firing if one.id in fresh or one.id in news]
    waiting = [alert for alert in firing if alert.state == "open"]
    if waiting and now - max(beliefs[alert.dedup_key].at for alert in waiting) >= every:
        return "reminder", waiting
    return "resolved", _gone(severity, alerts, beliefs, now, every)


def _firing(severity: Severity, alerts: Sequence[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.severity == severity and alert.state in ("open", "acknowledged")]


def _joined(severity: Severity, alerts: Sequence[Alert], beliefs: Mapping[str, _Belief]) -> News:
    by_id = {alert.id: alert for alert in alerts}
    news = {}
    for alert in _firing(severity, alerts):
        belief = beliefs.get(alert.dedup_key)
        if belief is not None:
            earlier = [by_id[one] for one in belief.ids if one in by_id and one != alert.id]
            news[alert.id] = joined(alert, belief.at, earlier)
    return {alert_id: found for alert_id, found in news.items() if found}


def _is_news(alert: Alert, belief: _Belief | None) -> bool:
    return belief is None or SEVERITIES.index(belief.severity) < SEVERITIES.index(alert.severity)


def _gone(
    severity: Severity, alerts: Sequence[Alert], beliefs: Mapping[str, _Belief], now: datetime, settled: timedelta
) -> list[Alert]:
    """The newest alert of each key that was told in this group and has stayed away since."""
    standing = {alert.dedup_key for alert in alerts if alert.state not in ("resolved", "pending")}
    newest: dict[str, Alert] = {}
    for alert in sorted(alerts, key=lambda one: one.opened_at):
        belief = beliefs.get(alert.dedup_key)
        if belief is not None and belief.severity == severity and alert.state == "resolved":
            newest[alert.dedup_key] = alert
    return [
        alert
        for key, alert in newest.items()
        if key not in standing and alert.resolved_at is not None and now - alert.resolved_at >= settled
    ]


def _beliefs(earlier: Sequence[Notice], keys: Mapping[str, str]) -> dict[str, _Belief]:
    """By dedup key, from the notices to one target."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    severities: dict[str, Severity] = {}
    moments: dict[str, datetime] = {}
    for notice in reversed(earlier):
        severity = next(one for one in SEVERITIES if notice.group.endswith(f":{one}"))
        for alert_id in notice.alert_ids:
            key = keys.get(alert_id)
            if key is None:
                continue
            if notice.event == "resolved":
                severities.pop(key, None)
                ids.pop(key, None)
            else:
                ids[key].add(alert_id)
                moments[key] = notice.created_at
                severities[key] = max(severity, severities.get(key, severity), key=SEVERITIES.index)
    return {
        key: _Belief(severity=severity, at=moments[key], ids=frozenset(ids[key]))
        for key, severity in severities.items()
    }


def _ids(about: Sequence[Alert], beliefs: Mapping[str, _Belief]) -> tuple[str, ...]:
    """The alerts themselves first, then earlier ones under their keys, of which the target was told."""
    ids = [alert.id for alert in about]
    known = (beliefs[alert.dedup_key].ids for alert in about if alert.dedup_key in beliefs)
    return tuple(dict.fromkeys([*ids, *sorted({one for of_key in known for one in of_key})]))


def _notice(
    event: NoticeEvent,
    about: Sequence[Alert],
    news: News,
    group: str,
    target: str,
    spec: ModelSpec,
    now: datetime,
    alert_ids: tuple[str, ...],
) -> Notice:
    interval = (now - _EPOCH) // _length(spec.alerts.group_every)
    named = f"{group}|{target}|{event}|{interval}"
    return Notice(
        id=sha256(named.encode()).hexdigest()[:24],
        model=spec.model,
        alert_ids=alert_ids,
        group=group,
        target=target,
        event=event,
        subject=subject_of(event, about, news),
        body=body_of(event, about, news),
        created_at=now,
        not_before=now,
    )


def _length(span: Span) -> timedelta:
    assert span.duration is not None  # the model file is held to it
    return span.duration
