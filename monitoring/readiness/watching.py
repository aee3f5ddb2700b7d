"""The seven tests for monitoring (section V of the paper)."""

from __future__ import annotations

import math

from monitoring.readiness.facts import Facts
from monitoring.readiness.scoring import Check, Shown, missing

_LOOK = "keepsharp monitor MODEL"


def notified(facts: Facts) -> Shown:
    """Dependency changes result in notification."""
    sent = [one for one in facts.notices if one.state == "sent"]
    if not sent:
        return missing("nobody was ever told anything: name targets in `alerts.notify`", "keepsharp alerts --notices")
    text = f"{len(sent)} of the newest {len(facts.notices)} messages reached their target, the last {sent[0].target}"
    return Shown(points=1.0, evidence=text, look="keepsharp alerts --notices")


def invariant(facts: Facts) -> Shown:
    """Data invariants hold for inputs."""
    judged = [one for one in facts.windows if one.drift is not None]
    if not judged or judged[0].drift is None:
        return missing("no window was judged", _LOOK)
    found = judged[0].drift.quality
    text = f"window {judged[0].index} was looked through for faults of its data: {len(found)} found"
    return Shown(points=1.0, evidence=text, look=_LOOK)


def unskewed(facts: Facts) -> Shown:
    """Training and serving are not skewed."""
    judged = [one for one in facts.windows if one.drift is not None and one.drift.reference_rows > 0]
    if not judged or judged[0].drift is None:
        return missing("no window was compared with what the champion was trained on", _LOOK)
    drift = judged[0].drift
    moved = sum(column.drifted for column in drift.columns)
    text = (
        f"window {judged[0].index} was compared with {drift.reference_rows:,} reference rows: "
        f"{moved} of {len(drift.columns)} columns moved"
    )
    return Shown(points=1.0, evidence=text, look=_LOOK)


def fresh(facts: Facts) -> Shown:
    """Models are not too stale."""
    if not facts.looked_after:
        return missing("the monitor gives no sign of life, so nobody considers a retraining", "keepsharp up")
    if facts.spec.retraining.policy == "never":
        return missing("the policy is `never`: choose another under `retraining.policy`")
    text = f"the monitor is alive, and considers a retraining by the policy {facts.spec.retraining.policy}"
    return Shown(points=1.0, evidence=text, look="keepsharp status")


def stable(facts: Facts) -> Shown:
    """Models are numerically stable."""
    if facts.run is None or not facts.run.metrics:
        return missing("no figures of the champion's training are known")
    if not all(math.isfinite(value) for value in facts.run.metrics.values()):
        return missing(f"run {facts.run.id} has figures that are not finite")
    text = f"run {facts.run.id} passed the guards against NaN and exploding gradients in every epoch"
    return Shown(points=1.0, evidence=text, look="keepsharp runs MODEL")


def quick(facts: Facts) -> Shown:
    """Computing performance has not regressed."""
    took = facts.reason("answer_time")
    if took is None:
        return missing("the champion's decision measured no time to answer", "keepsharp retrain MODEL")
    return Shown(points=1.0, evidence=took.text) if took.passed else missing(took.text)


def right(facts: Facts) -> Shown:
    """Prediction quality has not regressed."""
    if not facts.measured:
        return missing("no window with labels since the champion serves", _LOOK)
    last = facts.measured[0]
    text = f"{last.metric} {last.value:.4g} ({last.low:.4g} to {last.high:.4g}) on {last.labelled} labels, the last"
    return Shown(points=1.0, evidence=text, look="keepsharp status")


CHECKS: tuple[Check, ...] = (
    ("dependency changes result in notification", notified),
    ("data invariants hold for inputs", invariant),
    ("training and serving are not skewed", unskewed),
    ("models are not too stale", fresh),
    ("models are numerically stable", stable),
    ("computing performance has not regressed", quick),
    ("prediction quality has not regressed", right),
)
