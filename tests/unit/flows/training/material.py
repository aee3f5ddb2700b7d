"""Small seeded rows with something to learn in them, and the shortest way to train on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from flows.training.fitting import Fitted, fit
from infra.domain.values import Answer
from infra.model.bundle import ModelBundle
from infra.model.schema import ColumnKind
from infra.spec import ModelSpec

KINDS: dict[str, ColumnKind] = {"a": "numeric", "b": "numeric", "part": "categorical", "shift": "carried"}


@dataclass(frozen=True)
class Material:
    """Rows to learn from and rows to stop on."""

    train: pd.DataFrame
    train_target: Sequence[Answer]
    validation: pd.DataFrame
    validation_target: Sequence[Answer]


def small_frame(rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """Two numbers, one of them with holes, a category and a carried column."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, 2)), columns=["a", "b"])
    frame.loc[::9, "b"] = np.nan
    return frame.assign(part=rng.choice(["nut", "pin"], rows), shift="night")


def classes_of(frame: pd.DataFrame) -> list[Answer]:
    """UP or DOWN, by a rule a network finds at once."""
    return ["UP" if value else "DOWN" for value in frame["a"] + (frame["part"] == "nut") > 0.5]


def numbers_of(frame: pd.DataFrame) -> list[Answer]:
    """Numbers in units of their own, by a linear rule."""
    return [float(value) for value in 100.0 + 20.0 * frame["a"] - 30.0 * (frame["part"] == "nut")]


def small_material(task: str = "classification", seed: int = 0) -> Material:
    """240 rows to learn from, 80 to stop on."""
    target = classes_of if task == "classification" else numbers_of
    train, validation = small_frame(seed=seed), small_frame(80, seed=seed + 100)
    return Material(train, target(train), validation, target(validation))


def small_spec(task: str = "classification", network: str | None = None, **learner: Any) -> ModelSpec:
    """A model file with a small network on the CPU."""
    settings = {"hidden": [16], "epochs": 8, "batch_size": 32, "device": "cpu", "network": network, **learner}
    data = {"source": "x.npz", "target": "y", "images": "X" if network == "cnn" else None}
    return ModelSpec.model_validate({"model": "m", "task": task, "data": data, "learner": settings})


def fit_small(material: Material | None = None, spec: ModelSpec | None = None, **changed: Any) -> Fitted:
    """Train on `material`, by default the small one of the spec's task."""
    chosen = spec or small_spec()
    material = material or small_material(chosen.task)
    settings: dict[str, Any] = {"kinds": KINDS, "start": None, "seed": 0, "provenance": {"snapshot": "abc"}}
    return fit(
        material.train,
        material.train_target,
        material.validation,
        material.validation_target,
        spec=chosen,
        **{**settings, **changed},
    )


def same_weights(one: ModelBundle, other: ModelBundle) -> bool:
    """Whether two bundles' weights are equal to the bit."""
    return one.pack()[1] == other.pack()[1]
