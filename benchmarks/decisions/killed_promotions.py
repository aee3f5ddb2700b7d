"""A promotion killed at every step: is there exactly one champion, whole and on record, at every moment?

With `--shadow` it is the decision that lets a candidate answer in shadow: is the post filled, and the trigger ended?

A step is each statement that our database is given from the moment a candidate is kept until its run has ended, each
commit, and each commit of MLflow's own database in between. At each of them a process is killed with SIGKILL; then one
looks at what it left, lets the next process go on by itself, and looks again: the champion, its bundle, its decision
in the chain, MLflow's alias, and what a fresh service loads.

Run alone: `python -m benchmarks.decisions.killed_promotions [--shadow] [--quick] [--json]`.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.decisions.children import Child, Tell
from benchmarks.decisions.killed_looks import Left, go_on, look_back, seen
from benchmarks.decisions.killed_place import MODEL, Place, begin, desk, now
from benchmarks.decisions.stepping import COMMIT, dying_at
from benchmarks.monitoring.parts import Asked, Found, say
from benchmarks.serving.figures import Figure
from benchmarks.serving.system import ROOT
from flows.retraining.pending import answer_pending
from infra.domain.errors import Unavailable

QUICK_STEPS = 4
_MLFLOW = (
    "mlflow",
    "mlflow.models",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One kill: where, what it left, and what the next process made of it."""

    where: str
    at_once: Left
    afterwards: Left
    registry: str
    """The hash that MLflow's alias names."""
    serving: str
    """The hash that a fresh service loads."""
    run: str
    """The state of the run in the end."""


def run(asked: Asked) -> Found:
    """Kill at every step, or at a few of them when quick."""
    steps, found, expected = kill_at_steps(QUICK_STEPS if asked.quick else None, shadow="--shadow" in sys.argv)
    return _figures(found, steps, expected)


def kill_at_steps(
    most: int | None, mlflow_uri: str = "", first: int = 0, *, shadow: bool = False
) -> tuple[int, list[Step], Left]:
    """How many steps there are, what came of kills at them from the `first` on (at most so many, evenly spread), and
    what should have."""
    for module in _MLFLOW:
        importlib.import_module(module)  # once, here, and not in each process
    with tempfile.TemporaryDirectory(prefix="keepsharp-killed-") as name:
        place = Place(home=Path(name) / "home", template=Path(name) / "template", mlflow_uri=mlflow_uri, shadow=shadow)
        Child(lambda _: begin(place)).end()
        shutil.copytree(place.home, place.template)
        steps = json.loads(_fresh(place, lambda _: _promote(place, None)))
        expected = look_back(Child(lambda _: seen(place)).end())
        found = []
        for step in range(first, len(steps), 1 if most is None else max(1, -(-len(steps) // most))):
            killed = _kill(place, step, steps[step])
            found += [] if killed is None else [killed]
            word = "ended before" if killed is None else "killed at"
            say(f"  {word} {step + 1} of {len(steps)}: {steps[step]}")
    return len(steps), found, expected


def _fresh(place: Place, work: Callable[[Tell], str]) -> str:
    shutil.rmtree(place.home)
    shutil.copytree(place.template, place.home)
    return Child(work).end()


def _kill(place: Place, step: int, where: str) -> Step | None:
    """What came of the kill; None where the process had ended by then, since MLflow took fewer commits this time."""
    said = _fresh(place, lambda _: _promote(place, step))
    if said.startswith("[") and len(json.loads(said)) <= step:
        return None
    if said:
        raise RuntimeError(f"the process was to be killed at {where}, and ended with {said}")
    at_once = look_back(Child(lambda _: seen(place)).end())
    went_on = Child(lambda _: go_on(place)).end()
    if not went_on.startswith("{"):
        raise RuntimeError(f"after a kill at {where} the next process ended with {went_on}")
    afterwards = look_back(Child(lambda _: seen(place)).end())
    return Step(where=where, at_once=at_once, afterwards=afterwards, **json.loads(went_on))


def _figures(found: list[Step], steps: int, expected: Left) -> Found:
    counted = {
        f"kills, of {steps} steps of a promotion": len(found),
        "exactly one champion, whole and on record, at once": sum(
            step.at_once.champions == 1 and step.at_once.whole for step in found
        ),
        "the undisturbed outcome afterwards, by itself": sum(step.afterwards == expected for step in found),
        "serving hash equal to the registry's and the champion's": sum(
            step.registry == step.serving == step.afterwards.sha256 for step in found
        ),
        "run ended as it should": sum(step.run == "succeeded" for step in found),
    }
    figures = [
        Figure(name=name, value=value, unit="kills", sign=">=", bound=len(found)) for name, value in counted.items()
    ]
    odd = [step for step in found if not step.at_once.whole or step.afterwards != expected]
    return Found(figures=tuple(figures), table="\n".join(f"- {step}" for step in odd))


def _promote(place: Place, step: int | None) -> str:
    """Retrain and promote, killed at that step; the names of all steps when at none."""
    at_work = desk(place)
    with suppress(Unavailable):
        at_work.ports.registry.champion(MODEL)  # MLflow is open, so that its statements are the same each time
    with dying_at(step, _named(place.home), begins="ours: INSERT INTO bundles") as steps:
        outcome = answer_pending(at_work, now=now())
    assert outcome is not None
    assert outcome.decision.kind == ("challenge" if place.shadow else "promote"), outcome.decision.summary
    return json.dumps(steps)


def _named(home: Path) -> Callable[[Connection, str], str]:
    """Names of what is written to our database, and of commits to MLflow's own."""

    def name(connection: Connection, said: str) -> str:
        is_ours = connection.engine.url.database == str(home / "keepsharp.db")
        if said == COMMIT:
            return "ours: COMMIT" if is_ours else "MLflow: COMMIT"
        words = said.split()[:3]
        return "ours: " + " ".join(words) if is_ours and words[0] not in ("SELECT", "PRAGMA") else ""

    return name


def main() -> int:
    """As a program of its own; the status is 1 when a target was missed."""
    found = run(Asked(quick="--quick" in sys.argv, peers=ROOT))
    print(json.dumps({"figures": [figure.to_json() for figure in found.figures]}))
    if found.table:
        say(found.table)
    return 1 if any(figure.holds is False for figure in found.figures) else 0


if __name__ == "__main__":
    sys.exit(main())
