"""The life of an alert: pending, opened by a breach, kept up by further ones, resolved when the trouble has gone.

It knows nothing of figures or thresholds; `monitoring.rules` judges, a person acknowledges or silences, and
`monitoring.grouping` decides who is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from infra.domain.alerts import SEVERITIES, Alert, Evidence, Severity
from infra.domain.handover import note_action
from infra.spec import ModelSpec
from monitoring.joining import also, keep_named, since_of
from monitoring.rulebook import Rule, rule_in_force
from monitoring.rules import Breach, Judgement

QUIET, BROKEN, JUDGED_AT = "quiet_judgements", "broken_judgements", "judged_at"
"""Where an alert's evidence counts judgements in a row, and which was counted last: one moment counts once."""
OPENED_SEQ = "opened_seq"
"""Where it keeps up to which arrival the first breach had seen; `last_seq` is that of the newest."""
BROKEN_AT = "broken_at"
"""Where it keeps when its rule was last found broken: the moment that its message is about."""


def advance(
    standing: Sequence[Alert],
    judgement: Judgement,
    spec: ModelSpec,
    *,
    at: datetime,
    found_at: datetime | None = None,
) -> list[Alert]:
    """The alerts of the model that are new or changed by one judgement, to be saved.

    `standing` are those not resolved, pending ones included; `at` is event time. A breach opens an alert, at once or
    after as many judgements in a row as its rule asks for, or brings the one that stands under its key up to date;
    that one stays acknowledged or silenced, unless it became more severe. A rule judged without a breach counts
    towards resolving; one that was not judged does not. A silence that has ended is lifted. The alert of a rule that
    was switched off resolves. What a breach names for the first time is dated `found_at` (`at` where that is None).
    """
    found_at = found_at or at
    breaches = {breach.dedup_key: breach for breach in judgement.breaches}
    known = {alert.dedup_key: alert for alert in standing if alert.model == spec.model}
    changed = []
    for key, alert in known.items():
        alert_now, was_judged = _lift_silence(alert, at), alert.rule in judgement.judged
        after = _judged(alert_now, breaches.get(key), was_judged, spec, at, found_at)
        if after != alert:
            changed.append(after)
    fresh = (_opened(breach, spec, at, found_at) for key, breach in breaches.items() if key not in known)
    return changed + [alert for alert in fresh if alert is not None]


def answered_by(alert: Alert, deed: str, at: datetime) -> Alert:
    """The alert, resolved because something was done about it; the note says what."""
    done = note_action(alert, deed, at)
    return replace(done, state="resolved", resolved_at=at, updated_at=at, silenced_until=None, note=deed)


def latest_at(alert: Alert) -> datetime:
    """When its rule was last found broken."""
    found = alert.evidence.get(BROKEN_AT)
    return datetime.fromisoformat(found) if isinstance(found, str) else alert.opened_at


def _judged(
    alert: Alert, breach: Breach | None, was_judged: bool, spec: ModelSpec, at: datetime, found_at: datetime
) -> Alert:
    rule = _rule(alert.rule, alert.severity, spec)
    if not rule.enabled:
        return _resolved(alert, at, "the rule was switched off in the model file")
    if breach is not None:
        return _kept_up(alert, breach, rule, at, found_at)
    return _quieter(alert, rule, at) if was_judged else alert


def _rule(name: str, severity: Severity, spec: ModelSpec) -> Rule:
    return rule_in_force(name, spec) or Rule(severity=severity, keep_firing_for=1, meaning="")


def _opened(breach: Breach, spec: ModelSpec, at: datetime, found_at: datetime) -> Alert | None:
    rule = _rule(breach.rule, breach.severity, spec)
    if not rule.enabled:
        return None
    named = f"{breach.dedup_key}@{at.isoformat()}@{breach.evidence.get('last_seq')}"
    return Alert(
        id=sha256(named.encode()).hexdigest()[:16],
        model=spec.model,
        rule=breach.rule,
        severity=_severity(breach, rule),
        state="open" if rule.open_after <= 1 else "pending",
        dedup_key=breach.dedup_key,
        opened_at=at,
        updated_at=at,
        message=breach.message,
        evidence={
            **breach.evidence,
            **_seen_at_first(breach.evidence),
            **_counts(1, at),
            **keep_named({}, breach, found_at=found_at),
        },
        owner=spec.alerts.owner or spec.owner,
        runbook=rule.runbook,
    )


def _kept_up(alert: Alert, breach: Breach, rule: Rule, at: datetime, found_at: datetime) -> Alert:
    severity = _severity(breach, rule)
    broken = _count(alert.evidence, BROKEN) + (0 if _counted(alert, at) else 1)
    first = {OPENED_SEQ: alert.evidence[OPENED_SEQ]} if OPENED_SEQ in alert.evidence else {}
    begun = since_of(alert.evidence)  # one that an earlier keepsharp kept has no names: what it was told of is unknown
    named = keep_named(alert.evidence, breach, found_at=found_at if begun else alert.opened_at)
    evidence = {**breach.evidence, **first, **_counts(broken, at), **named}
    message = breach.message + also(named, breach.named)
    after = replace(alert, severity=severity, message=message, evidence=evidence, updated_at=at)
    if after.state == "pending":
        return replace(after, state="open") if broken >= rule.open_after else after
    if SEVERITIES.index(severity) > SEVERITIES.index(alert.severity):  # what was said was said to something milder
        return note_action(replace(after, state="open", silenced_until=None), f"became {severity}", at)
    return after


def _counts(broken: int, at: datetime) -> dict[str, int | str]:
    return {QUIET: 0, BROKEN: broken, JUDGED_AT: at.isoformat(), BROKEN_AT: at.isoformat()}


def _seen_at_first(evidence: Evidence) -> Evidence:
    return {OPENED_SEQ: evidence["last_seq"]} if "last_seq" in evidence else {}


def _quieter(alert: Alert, rule: Rule, at: datetime) -> Alert:
    if _counted(alert, at):
        return alert
    if alert.state == "pending":
        broken = _count(alert.evidence, BROKEN)
        return _resolved(alert, at, f"broken {broken} of {rule.open_after} times in a row: nobody was told")
    quiet = _count(alert.evidence, QUIET) + 1
    evidence = {**alert.evidence, QUIET: quiet, BROKEN: 0, JUDGED_AT: at.isoformat()}
    after = replace(alert, evidence=evidence, updated_at=at)
    return after if quiet < rule.keep_firing_for else _resolved(after, at, alert.note)


def _resolved(alert: Alert, at: datetime, note: str) -> Alert:
    return replace(alert, state="resolved", resolved_at=at, updated_at=at, silenced_until=None, note=note)


def _severity(breach: Breach, rule: Rule) -> Severity:
    return rule.severity if rule.severity_is_set else breach.severity


def _counted(alert: Alert, at: datetime) -> bool:
    """Whether a judgement of this moment was counted: one that is taken up again after a crash counts once."""
    return alert.evidence.get(JUDGED_AT) == at.isoformat()


def _count(evidence: Mapping[str, object], name: str) -> int:
    count = evidence.get(name)
    return int(count) if isinstance(count, (int, float)) else 0


def _lift_silence(alert: Alert, at: datetime) -> Alert:
    over = alert.state == "silenced" and alert.silenced_until is not None and at >= alert.silenced_until
    return replace(alert, state="open", silenced_until=None, updated_at=at) if over else alert
