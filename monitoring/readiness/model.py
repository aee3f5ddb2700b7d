"""The seven tests for model development (section III of the paper)."""

from __future__ import annotations

import json

from monitoring.readiness.facts import Facts
from monitoring.readiness.scoring import Check, Shown, missing


def reviewed(facts: Facts) -> Shown:
    """Every model specification is reviewed and submitted."""
    changes = [one for one in facts.deeds if one.act in ("train", "apply")]
    if changes and json.loads(changes[0].content).get("sha256") == facts.spec_sha256:
        text = f"the model file in force was put there by {changes[0].actor}, on record; a review is not"
        return Shown(points=0.5, evidence=text, look="keepsharp audit log MODEL")
    return missing("the model file in force is on no record", "keepsharp apply MODEL.yaml")


def correlated(facts: Facts) -> Shown:
    """Offline and online metrics correlate."""
    if facts.champion is None or not facts.measured:
        return missing("no window with labels since the champion serves", "keepsharp monitor MODEL")
    accepted = facts.champion.accepted
    inside = sum(one.low <= accepted <= one.high for one in facts.measured)
    text = f"accepted at {accepted:.4g}; {inside} of {len(facts.measured)} windows since hold that in their interval"
    return Shown(points=1.0, evidence=text) if inside * 2 >= len(facts.measured) else missing(text)


def tuned(_: Facts) -> Shown:
    """All hyperparameters have been tuned."""
    return missing("keepsharp searches no hyperparameters, and nobody's search is on record")


def stale(facts: Facts) -> Shown:
    """The impact of model staleness is known."""
    compared = [run for run in facts.runs if any(name.startswith("champion_") for name in run.metrics or {})]
    if not compared:
        return missing("no retraining has compared an aged champion with a fresh candidate", "keepsharp retrain MODEL")
    text = f"{len(compared)} retrainings compared the champion of then with a fresh candidate on the same rows"
    return Shown(points=1.0, evidence=text, look="keepsharp runs MODEL")


def simpler(facts: Facts) -> Shown:
    """A simpler model is not better."""
    baseline = facts.reason("baseline")
    if baseline is None or baseline.figure is None:
        return missing("the champion was not compared with a simple model")
    return Shown(points=1.0, evidence=baseline.text) if baseline.figure > 0 else missing(baseline.text)


def sliced(facts: Facts) -> Shown:
    """Model quality is sufficient on all important data slices."""
    measured = [one for one in facts.measured if one.slices]
    if not measured and facts.spec.data.slices:
        named = ", ".join(facts.spec.data.slices)
        return missing(
            f"no window was measured by slice since the champion serves ({named})", "keepsharp monitor MODEL"
        )
    if not measured:
        return missing("no window was measured by slice: name columns under `data.slices`")
    worst = min(measured[0].slices, key=lambda one: one.score)
    count = len(measured[0].slices)
    text = f"{count} slice{'s' * (count != 1)} in the last window; {worst.column} = {worst.value} has {worst.score:.4g}"
    return Shown(points=1.0, evidence=text)


def inclusive(facts: Facts) -> Shown:
    """The model has been tested for considerations of inclusion."""
    held = facts.reason("slice")
    if held is None and facts.spec.data.slices:
        named = ", ".join(facts.spec.data.slices)
        return missing(f"the decision that lets the champion serve did not look at groups ({named})")
    if held is None or not facts.spec.data.slices:
        return missing("no decision looked at groups: name the columns that tell them under `data.slices`")
    text = f"the champion's decision looked at {', '.join(facts.spec.data.slices)}: {held.text}"
    return Shown(points=0.5, evidence=text) if held.passed else missing(text)


CHECKS: tuple[Check, ...] = (
    ("every model specification is reviewed and submitted", reviewed),
    ("offline and online metrics correlate", correlated),
    ("all hyperparameters have been tuned", tuned),
    ("the impact of model staleness is known", stale),
    ("a simpler model is not better", simpler),
    ("model quality is sufficient on important data slices", sliced),
    ("the model is tested for considerations of inclusion", inclusive),
)
