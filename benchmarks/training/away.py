"""MLflow away: does the training slow down, and does MLflow get each metric exactly once when it is back?

Two kinds of absence: a port that refuses connections, and one that takes them and never answers.
"""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure
from benchmarks.training.ours import VALIDATION_ROWS, Counters, part, spec, train
from infra.ports import TrackedRun
from infra.tracking import MlflowTracking

EPOCHS, QUICK_EPOCHS, TURNS, QUICK_TURNS = 200, 40, 7, 3
REFUSES, SILENT, NOBODY = "refuses connections", "accepts and never answers", "no tracker at all"
METRICS = 5
"""Of each epoch; see `benchmarks.training.ours.train`."""


def run(asked: Asked) -> Found:
    """Time trainings with and without a tracker in turns, then let MLflow come back and count."""
    epochs, turns = (QUICK_EPOCHS, QUICK_TURNS) if asked.quick else (EPOCHS, TURNS)
    seconds: dict[str, list[float]] = {NOBODY: [], REFUSES: [], SILENT: []}
    waits: dict[str, list[float]] = {REFUSES: [], SILENT: []}
    lost = extra = 0
    timed(epochs, None)
    with tempfile.TemporaryDirectory() as name, port_that_refuses() as refusing, port_that_is_silent() as silent:
        folder = Path(name)
        for turn in range(turns):
            say(f"  turn {turn + 1} of {turns}")
            seconds[NOBODY].append(timed(epochs, None))
            for kind, port in ((REFUSES, refusing), (SILENT, silent)):
                spool = folder / f"{turn}-{port}"
                tracking = MlflowTracking(f"http://127.0.0.1:{port}", spool, spool)
                with tracking.run("benchmark", f"{turn} {kind}") as tracked:
                    seconds[kind].append(timed(epochs, tracked))
                    ended = time.perf_counter()
                waits[kind].append(time.perf_counter() - ended)
        say("  MLflow comes back")
        lost, extra = counted(folder, epochs)
    slower = {kind: median(a / b - 1 for a, b in zip(seconds[kind], seconds[NOBODY], strict=True)) for kind in waits}
    figures = [
        Figure(name=f"training slowed down by an MLflow that {kind}", value=100 * share, unit="%", sign="<", bound=5.0)
        for kind, share in slower.items()
    ]
    figures += [
        Figure(name="metrics lost once MLflow is back", value=float(lost), unit="metrics", sign="<=", bound=0),
        Figure(name="metrics told twice once MLflow is back", value=float(extra), unit="metrics", sign="<=", bound=0),
    ]
    rows = [
        (
            kind,
            f"{median(one):.2f}",
            f"{100 * slower[kind]:+.1f} %" if kind in slower else "",
            f"{max(waits[kind]):.2f}" if kind in waits else "",
        )
        for kind, one in seconds.items()
    ]
    titles = ("MLflow", f"seconds of {epochs} epochs", "slower", "longest wait at the run's end, s")
    return Found(figures=tuple(figures), table=table_of(titles, rows))


def timed(epochs: int, tracked: TrackedRun | None) -> float:
    """Wall seconds of one training with everything on but checkpoints."""
    started = time.perf_counter()
    train(part(5_000, 0), part(VALIDATION_ROWS, 1), spec(epochs=epochs), None, tracked, Counters())
    return time.perf_counter() - started


def counted(folder: Path, epochs: int) -> tuple[int, int]:
    """(metrics lost, metrics told more than once) after each spool was sent to a fresh MLflow."""
    from mlflow import MlflowClient

    lost = extra = 0
    uri, spools = f"sqlite:///{folder / 'mlflow.db'}", sorted(one for one in folder.iterdir() if one.is_dir())
    for spool in spools:
        MlflowTracking(uri, folder / "artifacts", spool, patience_seconds=120).flush()
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("benchmark")
    runs = client.search_runs([experiment.experiment_id]) if experiment is not None else []
    for run in runs:
        for name in ("train_loss", "validation_loss", "validation_score", "gradient_norm", "epoch_seconds"):
            steps = [one.step for one in client.get_metric_history(run.info.run_id, name)]
            lost += epochs - len(set(steps))
            extra += len(steps) - len(set(steps))
    return lost + (len(spools) - len(runs)) * epochs * METRICS, extra


@contextmanager
def port_that_refuses() -> Iterator[int]:
    """A port that is bound and not listened on."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield closed.getsockname()[1]


@contextmanager
def port_that_is_silent() -> Iterator[int]:
    """A port whose connections are taken by the kernel and never read."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(128)
        yield silent.getsockname()[1]
