"""The seven tests for infrastructure (section IV of the paper)."""

from __future__ import annotations

import json

from monitoring.readiness.facts import Facts
from monitoring.readiness.scoring import Check, Shown, missing


def reproducible(facts: Facts) -> Shown:
    """Training is reproducible."""
    look = f"keepsharp runs MODEL {facts.run.id} --reproduce" if facts.run is not None else "keepsharp runs MODEL"
    tried = facts.done("reproduce")
    if not tried:
        return missing("no run was made again from its snapshot", look)
    last = json.loads(tried[0].content)
    if not last["same"]:
        return missing(f"run {tried[0].subject} was made again by {tried[0].actor}, with other weights", look)
    text = f"run {tried[0].subject} was made again by {tried[0].actor}, with the same weights to the bit"
    own = facts.run is not None and tried[0].subject == facts.run.id
    return Shown(points=1.0 if own else 0.5, evidence=text + ("" if own else "; the champion's was not"), look=look)


def specified(facts: Facts) -> Shown:
    """Model specifications are unit tested."""
    text = f"the model file in force of {facts.spec.model} is checked whole each time it is read, as just now"
    return Shown(points=0.5, evidence=text, look="keepsharp check MODEL.yaml")


def integrated(facts: Facts) -> Shown:
    """The ML pipeline is integration tested."""
    ended = [run for run in facts.runs if run.state == "succeeded"]
    again = [run for run in ended if run.start != "scratch" or run.version != 1]
    if again:
        text = f"{len(again)} retrainings went all the way from traffic to decision"
        return Shown(points=1.0, evidence=text, look="keepsharp runs MODEL")
    if ended:
        return Shown(points=0.5, evidence="the first training went all the way", look="keepsharp retrain MODEL")
    return missing("no training has ended", "keepsharp train MODEL.yaml")


def validated(facts: Facts) -> Shown:
    """Model quality is validated before serving."""
    decision = facts.decision
    if decision is None:
        return missing("no decision let the champion serve")
    if not facts.verified.holds:
        return missing("the record does not hold, so no decision shows anything", "keepsharp audit verify MODEL")
    if decision.actor != "keepsharp" or not all(one.passed for one in decision.reasons):
        return missing(f"version {decision.version} serves by the word of {decision.actor}, not by the comparison")
    text = f"version {decision.version} passed {len(decision.reasons)} rules before it served: {decision.summary}"
    return Shown(points=1.0, evidence=text, look="keepsharp report MODEL")


def debuggable(facts: Facts) -> Shown:
    """The model is debuggable: the computation of one example can be followed."""
    if facts.explained is None:
        return missing("no prediction can be followed back to its run and decision", "keepsharp explain PREDICTION_ID")
    text = f"prediction {facts.explained} leads back to its version, run, snapshot and decision"
    return Shown(points=1.0, evidence=text, look=f"keepsharp explain {facts.explained} --model MODEL")


def canaried(facts: Facts) -> Shown:
    """Models are canaried before serving."""
    kept = [one for one in facts.decisions if one.kind == "keep"]
    if kept:
        text = f"{len(kept)} champions were kept after a probation beside the one before"
        return Shown(points=1.0, evidence=text)
    if said := facts.beside.get("challenger"):
        return Shown(points=1.0, evidence=f"the challenger has answered {said} rows beside the champion")
    if said := facts.beside.get("simple"):
        return Shown(points=0.5, evidence=f"the simple model alone answers beside the champion, {said} rows so far")
    return missing("nobody ever answered beside the champion", "keepsharp challenge MODEL VERSION --reason TEXT")


def returnable(facts: Facts) -> Shown:
    """Serving models can be rolled back."""
    back = [one for one in facts.decisions if one.kind == "rollback"]
    if not back:
        return missing("a rollback was never done: try one, and promote again", "keepsharp rollback MODEL")
    by_itself = any(one.actor == "keepsharp" for one in back)
    text = f"{len(back)} rollbacks, the last by {back[0].actor} to version {back[0].version}"
    return Shown(points=1.0 if by_itself else 0.5, evidence=text, look="keepsharp audit log MODEL")


CHECKS: tuple[Check, ...] = (
    ("training is reproducible", reproducible),
    ("model specifications are unit tested", specified),
    ("the pipeline is integration tested", integrated),
    ("model quality is validated before serving", validated),
    ("the model is debuggable", debuggable),
    ("models are canaried before serving", canaried),
    ("serving models can be rolled back", returnable),
)
