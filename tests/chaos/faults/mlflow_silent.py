"""MLflow silent for minutes of a training: it takes every connection and answers none. Then a real server comes back at
the same address.

The training must not wait for it, its champion is crowned, and everything that MLflow was to hear it hears afterwards
by itself, each metric once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from benchmarks.training.away import port_that_is_silent
from flows.catching_up import keep_catching_up
from flows.desk import Desk
from flows.retraining.retrain import train_first
from flows.training.fitting import Epoch
from infra.installation import address, mlflow_command
from infra.processes import Child, await_answer
from infra.settings import Settings
from infra.spec import ModelSpec
from infra.wiring import build_ports, forget_ports
from tests.builders import KINDS, MODEL, minute, spec, stream
from tests.chaos.ground import Ground
from tests.chaos.server import until
from tests.chaos.toll import MOST_SECONDS, Toll, late

EPOCHS, ROWS = 60, 600
MOST_WAIT_SECONDS = 5.0
"""So long an epoch may take beyond its rest, and the end of a run beyond its work."""
_SILENT_SHARE = 2
"""MLflow is silent for twice the minutes for which a database is away: ten where nothing is said."""
_SERVER_SECONDS = 180.0


def run(ground: Ground) -> Iterator[Toll]:
    """Once on each database."""
    for database in ground.databases:
        yield _try(ground, database)
        forget_ports()


def _try(ground: Ground, database: str) -> Toll:
    began, minutes = time.monotonic(), _SILENT_SHARE * ground.effort.outage_minutes
    rest, ends = 60 * minutes / EPOCHS, [time.monotonic()]
    with port_that_is_silent() as port:
        settings = ground.home(database).model_copy(update={"mlflow_uri": address(port)})
        desk = Desk(spec=_spec(), folder=settings.home, ports=build_ports(settings))

        def on_epoch(_: Epoch) -> None:
            time.sleep(rest)
            ends.append(time.monotonic())

        train_first(replace(desk, on_epoch=on_epoch), stream(ROWS).examples(ROWS), KINDS, now=minute(ROWS - 1))
        ends.append(time.monotonic())
    longest = max(later - earlier for earlier, later in pairwise(ends[1:-1])) - rest
    losses = late("an epoch, beyond its rest,", longest, MOST_WAIT_SECONDS)
    if desk.ports.versions.champion(MODEL) is None:
        losses.append("no champion was crowned")
    waited = desk.ports.tracking.pending()
    if not waited:
        losses.append("nothing waits for MLflow, which heard nothing")
    with _server(settings, port, ground.folder / f"mlflow-{database}.log"):
        recovered = _told(desk)
        losses += late("telling MLflow all of it", recovered) or _missing(address(port), len(ends) - 2)
    return Toll(
        fault="mlflow_silent",
        database=database,
        trials=1,
        acknowledged=len(ends) - 2,
        recovered_seconds=recovered,
        seconds=time.monotonic() - began,
        losses=tuple(losses),
        note=f"silent for {minutes:g} minutes and {len(ends) - 2} epochs, the longest {longest:.2f} s late; "
        f"{ends[-1] - ends[-2]:.1f} s from the last to the crown; {waited} operations waited",
    )


def _spec() -> ModelSpec:
    learner = {"hidden": [8], "epochs": EPOCHS, "patience": EPOCHS, "batch_size": 64, "learning_rate": 0.02}
    return spec(learner=learner)


@contextmanager
def _server(settings: Settings, port: int, log: Path) -> Iterator[None]:
    """MLflow's own server at that port, over a store of its own."""
    kept = settings.model_copy(update={"mlflow_uri": ""})
    with (
        log.open("ab") as output,
        Child("mlflow", mlflow_command(kept, port), environment=_QUIET, output=output) as child,
    ):
        await_answer(child, f"{address(port)}/health", _SERVER_SECONDS)
        yield


_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def _told(desk: Desk) -> float:
    """Seconds until nothing waits any more, by what a process of the flows does beside its work."""
    ending = keep_catching_up(desk.ports.tracking)
    try:
        return until(2 * MOST_SECONDS, lambda: not desk.ports.tracking.pending())
    finally:
        ending.set()


def _missing(uri: str, epochs: int) -> list[str]:
    """What MLflow does not know, or knows twice."""
    from mlflow import MlflowClient  # here, because it takes seconds

    client, losses = MlflowClient(tracking_uri=uri, registry_uri=uri), []
    experiment = client.get_experiment_by_name(MODEL)
    runs = [] if experiment is None else client.search_runs([experiment.experiment_id])
    if [one.info.status for one in runs] != ["FINISHED"]:
        return [f"MLflow knows runs {[one.info.status for one in runs]}, and not one that is finished"]
    for name in ("train_loss", "validation_loss"):
        steps = [one.step for one in client.get_metric_history(runs[0].info.run_id, name)]
        if len(steps) != epochs or len(set(steps)) != epochs:
            losses.append(f"MLflow has {len(steps)} of {epochs} values of {name}, {len(steps) - len(set(steps))} twice")
    found = client.search_registered_models(f"name = '{MODEL}'")
    if not found or "champion" not in found[0].aliases:
        losses.append("MLflow's register names no champion")
    return losses
