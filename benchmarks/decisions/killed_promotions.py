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
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, event, text

from benchmarks.decisions.children import Child, Tell
from benchmarks.monitoring.parts import Asked, Found, say
from benchmarks.serving.figures import Figure
from benchmarks.serving.system import ROOT
from flows.desk import Desk
from flows.retraining.pending import answer_pending
from flows.retraining.retrain import train_first
from flows.training.examples import Examples
from flows.trial.mirroring import mirror_champion
from infra.crowning import appointed
from infra.database import open_engine
from infra.domain.alerts import Trigger
from infra.domain.errors import Unavailable
from infra.domain.predictions import Label, Prediction
from infra.model.schema import ColumnKind
from infra.settings import Settings
from infra.spec import ModelSpec
from infra.transactions import reading
from infra.verifying import verify_record
from infra.wiring import build_ports
from services.inference.metrics import Metrics
from services.inference.predictor import Predictor
from services.inference.reloader import Reloader

MODEL = "killed"
START = datetime(2024, 1, 1, tzinfo=UTC)
KINDS: dict[str, ColumnKind] = {"x": "numeric", "y": "numeric"}
ROWS, LABELLED = 300, 500
QUICK_STEPS = 4
_MLFLOW = (
    "mlflow",
    "mlflow.models",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
)
MODEL_FILE = {
    "model": MODEL,
    "task": "classification",
    "data": {"source": "none.csv", "target": "truth"},
    "learner": {"hidden": [8], "epochs": 8, "batch_size": 64, "learning_rate": 0.02},
    "monitoring": {"window": "100 rows", "reports": "none"},
    "retraining": {"min_labels": 100},
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """One installation, and what it is put back to before each kill; an empty address is MLflow's own file."""

    home: Path
    template: Path
    mlflow_uri: str
    shadow: bool = False
    """The candidate is let into shadow, and not promoted."""

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, mlflow_uri=self.mlflow_uri)


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is found after a kill, or after what followed it."""

    champions: int
    version: int
    sha256: str
    whole: bool
    """The bundle answers for its hash, and the decision stands in an unbroken chain."""
    challenger: int
    """Who answers in shadow; 0 for nobody."""
    trigger: str
    """The state of the trigger."""


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
        Child(lambda _: _begin(place)).end()
        shutil.copytree(place.home, place.template)
        steps = json.loads(_fresh(place, lambda _: _promote(place, None)))
        expected = _look_back(Child(lambda _: _seen(place)).end())
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
    at_once = _look_back(Child(lambda _: _seen(place)).end())
    went_on = Child(lambda _: _go_on(place)).end()
    if not went_on.startswith("{"):
        raise RuntimeError(f"after a kill at {where} the next process ended with {went_on}")
    afterwards = _look_back(Child(lambda _: _seen(place)).end())
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


def _desk(place: Place) -> Desk:
    ports = build_ports(place.settings)
    promotion = {"promotion": {"shadow": True}} if place.shadow else {}
    return Desk(spec=ModelSpec.model_validate({**MODEL_FILE, **promotion}), folder=place.home, ports=ports)


def _stream(rows: int, turned_at: int) -> tuple[pd.DataFrame, list[str]]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=rows), "y": rng.normal(size=rows)})
    sign = np.where(np.arange(rows) < turned_at, 1.0, -1.0)
    return frame, ["up" if value > 0 else "down" for value in frame["x"] + 1.5 * sign * frame["y"]]


def _minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def _begin(place: Place) -> str:
    """A first champion, labelled traffic after a change, and a trigger that waits."""
    desk = _desk(place)
    frame, truth = _stream(ROWS + LABELLED, ROWS)
    history = Examples(
        frame=frame.iloc[:ROWS],
        target=tuple(truth[:ROWS]),
        times=tuple(_minute(row) for row in range(ROWS)),
        ids=tuple(f"h{row}" for row in range(ROWS)),
        seqs=(0,) * ROWS,
    )
    train_first(desk, history, KINDS, now=_minute(ROWS - 1))
    bundle = desk.champion()
    assert bundle is not None
    fresh = frame.iloc[ROWS:]
    values = bundle[1].answer(bundle[1].schema.encode(fresh)).values
    rows = [
        Prediction(model=MODEL, id=f"p{row}", time=_minute(row), features=features, value=value, version=1)
        for row, features, value in zip(range(ROWS, ROWS + LABELLED), fresh.to_dict("records"), values, strict=True)
    ]
    desk.ports.predictions.add(rows)
    desk.ports.labels.add(
        [
            Label(model=MODEL, prediction_id=f"p{row}", value=truth[row], time=_minute(row))
            for row in range(ROWS, len(truth))
        ]
    )
    desk.ports.triggers.save(_trigger())
    return "ready"


def _trigger() -> Trigger:
    return Trigger(
        id="t", model=MODEL, at=_now(), source="policy", state="accepted", reason="r", policy="p", evidence={}
    )


def _now() -> datetime:
    return _minute(ROWS + LABELLED)


def _promote(place: Place, step: int | None) -> str:
    """Retrain and promote, killed at that step; the names of all steps when at none."""
    desk = _desk(place)
    with suppress(Unavailable):
        desk.ports.registry.champion(MODEL)  # MLflow is open, so that its statements are the same each time
    with _watched(place.home, step) as steps:
        outcome = answer_pending(desk, now=_now())
    assert outcome is not None
    assert outcome.decision.kind == ("challenge" if place.shadow else "promote"), outcome.decision.summary
    return json.dumps(steps)


@contextmanager
def _watched(home: Path, place: int | None) -> Iterator[list[str]]:
    """The steps as they come; the one at `place` is the last thing that this process does."""
    steps: list[str] = []
    lock = threading.Lock()

    def step(name: str) -> None:
        with lock:
            if not steps and not name.startswith("ours: INSERT INTO bundles"):
                return
            steps.append(name)
            if len(steps) - 1 == place:
                os.kill(os.getpid(), signal.SIGKILL)

    def statement(connection: Connection, _cursor: object, said: str, *_rest: object) -> None:
        if _is_ours(connection, home) and said.split()[0] not in ("SELECT", "PRAGMA"):
            step("ours: " + " ".join(said.split()[:3]))

    def commit(connection: Connection) -> None:
        step("ours: COMMIT" if _is_ours(connection, home) else "MLflow: COMMIT")

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", commit)
    try:
        yield steps
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", commit)


def _is_ours(connection: Connection, home: Path) -> bool:
    return connection.engine.url.database == str(home / "keepsharp.db")


def _seen(place: Place) -> str:
    """What stands in the database, read past everything that might repair it."""
    engine = open_engine(place.settings.database)
    with reading(engine) as connection:
        champions = connection.execute(text("SELECT count(*) FROM champions")).scalar_one()
    desk = _desk(place)
    champion = desk.ports.versions.champion(MODEL)
    assert champion is not None
    bundle, verified = desk.bundle(champion.sha256), verify_record(desk.ports, MODEL)
    bundle.prove()
    whole = verified.holds and bundle.sha256 == champion.sha256
    challenger = appointed(desk.ports, MODEL, "challenger")
    found = Left(
        champions=champions,
        version=champion.version,
        sha256=champion.sha256,
        whole=whole,
        challenger=0 if challenger is None else challenger.version,
        trigger=desk.ports.triggers.get("t").state,
    )
    return json.dumps(asdict(found))


def _look_back(said: str) -> Left:
    return Left(**json.loads(said))


def _go_on(place: Place) -> str:
    """What the next look does by itself, and what a fresh service loads then."""
    desk = _desk(place)
    answer_pending(desk, now=_now())
    mirror_champion(desk)
    named = None
    with suppress(Unavailable):
        named = desk.ports.registry.champion(MODEL)
    predictor = Predictor()
    anyio.run(Reloader(desk.ports, predictor, Metrics(), place.settings).look)
    serving = predictor.serving(MODEL)
    run = next(one for one in desk.ports.runs.page(MODEL, 10) if one.trigger_id == "t")
    return json.dumps(
        {
            "registry": named[1] if named else "nobody",
            "serving": serving.sha256 if serving else "nobody",
            "run": run.state,
        }
    )


def main() -> int:
    """As a program of its own; the status is 1 when a target was missed."""
    found = run(Asked(quick="--quick" in sys.argv, peers=ROOT))
    print(json.dumps({"figures": [figure.to_json() for figure in found.figures]}))
    if found.table:
        say(found.table)
    return 1 if any(figure.holds is False for figure in found.figures) else 0


if __name__ == "__main__":
    sys.exit(main())
