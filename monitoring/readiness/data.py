"""The seven tests for features and data (section II of the paper)."""

from __future__ import annotations

from monitoring.readiness.facts import Facts
from monitoring.readiness.scoring import Check, Shown, missing


def schema(facts: Facts) -> Shown:
    """Feature expectations are captured in a schema."""
    if not facts.columns:
        return missing("no champion, so no frozen schema", "keepsharp train MODEL.yaml")
    text = f"{len(facts.columns)} features are frozen with the champion's bundle; a row that does not fit is refused"
    return Shown(points=1.0, evidence=text, look="keepsharp check MODEL.yaml")


def beneficial(facts: Facts) -> Shown:
    """All features are beneficial."""
    weights = {
        column.column: column.weight
        for window in facts.windows[:1]
        if window.drift is not None
        for column in window.drift.columns
        if column.role == "feature" and column.weight is not None
    }
    unused = sorted(name for name, weight in weights.items() if weight <= 0)
    if not weights:
        return missing("no window has measured how much the model uses each feature", "keepsharp monitor MODEL")
    if unused:
        return Shown(points=0.5, evidence=f"measured in each window; not used: {', '.join(unused)}")
    return Shown(points=1.0, evidence=f"how much each of {len(weights)} features is used is measured in each window")


def cheap(_: Facts) -> Shown:
    """No feature's cost is too much."""
    return missing("nobody measures what each feature costs to get: weigh them by hand")


def allowed(facts: Facts) -> Shown:
    """Features adhere to meta-level requirements."""
    if facts.spec.data.features:
        return Shown(points=1.0, evidence=f"the model file allows {len(facts.spec.data.features)} features by name")
    return missing("the model file takes whatever columns the data has: list them under `data.features`")


def private(facts: Facts) -> Shown:
    """The data pipeline has appropriate privacy controls."""
    if facts.keys:
        return Shown(points=0.5, evidence=f"{facts.keys} valid API keys, each with roles", look="keepsharp keys list")
    return missing("no API key was made: on loopback anybody may read", "keepsharp keys create NAME --role read")


def extended(facts: Facts) -> Shown:
    """New features can be added quickly."""
    if facts.schemas > 1:
        return Shown(points=0.5, evidence=f"versions were trained with {facts.schemas} different sets of features")
    return missing("no version was trained with other features than the first")


def tested(facts: Facts) -> Shown:
    """All input feature code is tested."""
    serves = facts.reason("serves")
    if serves is None or not serves.passed:
        return missing("the champion was not tried in the code that serves", "keepsharp retrain MODEL")
    return Shown(points=0.5, evidence=f"on one row, from raw features to answer: {serves.text}")


CHECKS: tuple[Check, ...] = (
    ("feature expectations are captured in a schema", schema),
    ("all features are beneficial", beneficial),
    ("no feature's cost is too much", cheap),
    ("features adhere to meta-level requirements", allowed),
    ("the data pipeline has appropriate privacy controls", private),
    ("new features can be added quickly", extended),
    ("all input feature code is tested", tested),
)
