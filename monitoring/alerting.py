"""The life of an alert: opened by a breach, kept up by further ones, resolved when the trouble has gone.

It knows nothing of figures or thresholds; `monitoring.rules` judges, and a person acknowledges or silences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from infra.domain.alerts import Alert
from monitoring.rules import Breach, Judgement

KEEP_FIRING_FOR = 2
"""An alert resolves after this many judged windows in a row without a breach."""
QUIET = "quiet_windows"
"""Where an alert's evidence counts them."""


def advance(unresolved: Sequence[Alert], judgement: Judgement, *, model: str, at: datetime) -> list[Alert]:
    """The alerts of `model` that are new or changed by one window's judgement, to be saved.

    A breach opens an alert, or brings the one that stands under its key up to date, which stays acknowledged
    or silenced. A rule judged without a breach counts towards resolving; one that was not judged does not.
    A silence that has ended is lifted. `at` is event time.
    """
    breaches = {breach.dedup_key: breach for breach in judgement.breaches}
    standing = {alert.dedup_key: alert for alert in unresolved if alert.model == model}
    changed: list[Alert] = []
    for key, alert in standing.items():
        breach = breaches.get(key)
        after = _lift_silence(alert, at)
        if breach is not None:
            after = _kept_up(after, breach, at)
        elif alert.rule in judgement.judged:
            after = _quieter(after, at)
        if after != alert:
            changed.append(after)
    changed += [_opened(breach, model, at) for key, breach in breaches.items() if key not in standing]
    return changed


def _opened(breach: Breach, model: str, at: datetime) -> Alert:
    return Alert(
        id=sha256(f"{breach.dedup_key}@{at.isoformat()}@{breach.evidence.get('last_seq')}".encode()).hexdigest()[:16],
        model=model,
        rule=breach.rule,
        severity=breach.severity,
        state="open",
        dedup_key=breach.dedup_key,
        opened_at=at,
        updated_at=at,
        message=breach.message,
        evidence={**breach.evidence, QUIET: 0},
    )


def _kept_up(alert: Alert, breach: Breach, at: datetime) -> Alert:
    evidence = {**breach.evidence, QUIET: 0}
    return replace(alert, severity=breach.severity, message=breach.message, evidence=evidence, updated_at=at)


def _quieter(alert: Alert, at: datetime) -> Alert:
    quiet = _count(alert.evidence) + 1
    alert = replace(alert, evidence={**alert.evidence, QUIET: quiet}, updated_at=at)
    if quiet < KEEP_FIRING_FOR:
        return alert
    return replace(alert, state="resolved", resolved_at=at, silenced_until=None)


def _count(evidence: Mapping[str, object]) -> int:
    quiet = evidence.get(QUIET)
    return int(quiet) if isinstance(quiet, (int, float)) else 0


def _lift_silence(alert: Alert, at: datetime) -> Alert:
    over = alert.state == "silenced" and alert.silenced_until is not None and at >= alert.silenced_until
    return replace(alert, state="open", silenced_until=None, updated_at=at) if over else alert


def answered_by(alert: Alert, deed: str, at: datetime) -> Alert:
    """The alert, resolved because something was done about it; the note says what."""
    return replace(alert, state="resolved", resolved_at=at, updated_at=at, silenced_until=None, note=deed)
