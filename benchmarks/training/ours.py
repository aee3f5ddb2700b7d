"""keepsharp's own training of the same rows, with everything on: `python -m benchmarks.training.ours FOLDER`.

A full `fit`: rows encoded from a frame, validation and the best weights after each epoch, checkpoints, verdicts,
calibration, the bundle; an observer that adds up gradients as the correction ledger does; metrics to MLflow.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from benchmarks.training.peers.task import BATCH, COLUMNS, EPOCHS, HIDDEN, RATE, one_thread, rows
from benchmarks.training.peers.turns import serve
from flows.training.fitting import Fitted, fit
from flows.training.observing import Epoch, Observer, Step, Unobserving, trainable
from infra.domain.values import Answer
from infra.model.schema import ColumnKind
from infra.ports import TrackedRun
from infra.spec import ModelSpec
from infra.telemetry import switch_off_telemetry
from infra.tracking import MlflowTracking

VALIDATION_ROWS = 2_500
NAMES = [f"x{place}" for place in range(COLUMNS)]
KINDS: dict[str, ColumnKind] = dict.fromkeys(NAMES, "numeric")
Part = tuple[pd.DataFrame, Sequence[Answer]]


class Counters(Unobserving):
    """Each parameter's gradient norms added up, and the weights of each epoch's end kept: what a ledger needs."""

    def __init__(self) -> None:
        self.norms = torch.zeros(0)
        self.weights: list[dict[str, Tensor]] = []

    def begins(self, network: nn.Module) -> None:
        self.norms = torch.zeros(len(trainable(network)))

    def on_step(self, _: nn.Module, step: Step) -> None:
        self.norms += step.gradient_norms

    def on_epoch(self, network: nn.Module, _: Epoch) -> None:
        self.weights.append({name: one.detach().clone() for name, one in trainable(network).items()})

    def state(self) -> Mapping[str, Tensor]:
        kept = {f"{place}.{name}": one for place, weights in enumerate(self.weights) for name, one in weights.items()}
        return {"norms": self.norms, **{f"weights.{name}": one for name, one in kept.items()}}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        found: dict[int, dict[str, Tensor]] = {}
        self.norms = state["norms"]
        for key in state.keys() - {"norms"}:
            _, place, name = key.split(".", 2)
            found.setdefault(int(place), {})[name] = state[key]
        self.weights = [found[place] for place in sorted(found)]


def part(count: int, seed: int) -> Part:
    """Rows as a frame, and their classes."""
    block, target = rows(count, seed)
    return pd.DataFrame(block, columns=NAMES), [str(place) for place in target]


def spec(epochs: int = EPOCHS, **learner: Any) -> ModelSpec:
    """The model file of the comparison; early stopping never stops it."""
    settings = {
        "hidden": [HIDDEN, HIDDEN],
        "epochs": epochs,
        "patience": epochs,
        "batch_size": BATCH,
        "learning_rate": RATE,
        "device": "cpu",
        **learner,
    }
    data = {"source": "rows.csv", "target": "class"}
    return ModelSpec.model_validate({"model": "benchmark", "task": "classification", "data": data, "learner": settings})


def train(
    train_part: Part,
    validation: Part,
    asked: ModelSpec,
    checkpoint: Path | None,
    tracked: TrackedRun | None = None,
    observer: Observer | None = None,
) -> Fitted:
    """One `fit`, its epochs told to the tracker as `flows.retraining.attempt` tells them."""

    def tell(epoch: Epoch) -> None:
        if tracked is not None:
            figures = {
                "train_loss": epoch.train_loss,
                "validation_loss": epoch.validation_loss,
                "validation_score": epoch.validation_score,
                "gradient_norm": epoch.gradient_norm,
                "epoch_seconds": epoch.seconds,
            }
            tracked.metrics(figures, step=epoch.number)

    return fit(
        *train_part,
        *validation,
        spec=asked,
        kinds=KINDS,
        start=None,
        seed=0,
        provenance={},
        on_epoch=tell,
        observer=observer,
        checkpoint=checkpoint,
    )


def main() -> None:
    """Warm up, MLflow's database included, then train at each turn."""
    switch_off_telemetry()
    one_thread()
    folder, asked = Path(sys.argv[1]), spec()
    tracking = MlflowTracking(f"sqlite:///{folder / 'mlflow.db'}", folder / "artifacts", folder / "spool")
    train_part, validation = part(25_000, 0), part(VALIDATION_ROWS, 1)

    def turn() -> None:
        with tracking.run("benchmark", "turn") as tracked:
            train(train_part, validation, asked, folder / "checkpoint", tracked, Counters())
        shutil.rmtree(folder / "checkpoint")

    turn()
    serve(turn)


if __name__ == "__main__":
    main()
