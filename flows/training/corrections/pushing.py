"""The training rows that pushed hardest on each kept row, and in words which layers and moments they were read from.

It chooses what `influence` looks at; it knows nothing of why a row was kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from flows.training.corrections.influence import (
    MOST_TRAINING_ROWS,
    SAMPLED_ROWS,
    Floats,
    Pairs,
    all_layers_influence,
    last_layer_influence,
)
from flows.training.corrections.readings import places_of
from flows.training.corrections.trajectory import Trajectory
from flows.training.fitting import balanced_weights
from infra.domain.corrections import Pusher
from infra.domain.values import Answer
from infra.model.bundle import ModelBundle
from infra.model.read_frame import ReadFrame
from infra.spec import ModelSpec
from monitoring.drawing import even_places

TOWARDS, AWAY = 3, 2
"""Rows named of each kept row: that pushed towards its truth, and away from it."""
Layers = Literal["last_layer", "all_layers"]


class Pushed:
    """How much n training rows pushed on m rows (`influence`, n × m), and where it was read from, in words."""

    def __init__(self, influence: Floats | None, places: npt.NDArray[np.int64], words: str) -> None:
        self.influence, self.places, self.words = influence, places, words

    def pushers(self, column: int, own_id: str, ids: Sequence[str], target: Sequence[Answer]) -> tuple[Pusher, ...]:
        """The hardest for one pushed row: first those towards its truth, then those away from it."""
        if self.influence is None:
            return ()
        values = self.influence[:, column]
        order = np.argsort(-values, kind="stable")
        ends = [*order[:TOWARDS].tolist(), *order[::-1][:AWAY].tolist()]
        chosen = [one for one in ends[:TOWARDS] if values[one] > 0] + [one for one in ends[TOWARDS:] if values[one] < 0]
        return tuple(
            Pusher(
                id=ids[self.places[one]],
                truth=target[self.places[one]],
                influence=float(values[one]),
                itself=ids[self.places[one]] == own_id,
            )
            for one in chosen
        )


def push(
    after: ModelBundle,
    trajectory: Trajectory,
    *,
    spec: ModelSpec,
    train: ReadFrame,
    train_target: Sequence[Answer],
    pushed: np.ndarray,
    pushed_target: Sequence[Answer],
    layers: Layers,
) -> Pushed:
    """The influence of the training rows on m rows of the block; their classes have to be among the model's."""
    moments, none = trajectory.moments(), np.zeros(0, dtype=np.int64)
    if not moments:
        return Pushed(None, none, _no_moments(trajectory))
    if not len(pushed):
        return Pushed(None, none, "unknown: there was no row to be pushed")
    when = f"at {len(moments)} moment{'s' * (len(moments) != 1)} of the training"
    if layers == "last_layer":
        places = even_places(len(train_target), MOST_TRAINING_ROWS)
        pairs = _pairs(after, spec, train, train_target, places, pushed, pushed_target)
        found = last_layer_influence(after.network, moments, pairs)
        if found is not None:
            seen = f"{len(places):,} of {len(train_target):,} training rows"
            return Pushed(found, places, f"TracIn over the last layer alone, which is all it sees, {when}, {seen}")
    places = even_places(len(train_target), SAMPLED_ROWS)
    pairs = _pairs(after, spec, train, train_target, places, pushed, pushed_target)
    found = all_layers_influence(after.network, moments, pairs)
    if found is None:
        return Pushed(None, none, "unknown: no linear layer comes last, and the network is too large to look at whole")
    seen = f"a sample of {len(places):,} of {len(train_target):,} training rows"
    return Pushed(found, places, f"TracIn over all layers, {when}, {seen}")


def encoded_target(bundle: ModelBundle, target: Sequence[Answer]) -> Tensor:
    """Places of classes (int64), -1 for one it does not know, or standardised numbers (float32)."""
    if bundle.classes is not None:
        return torch.from_numpy(places_of(target, bundle.classes))
    numbers = (np.array(target, dtype=np.float64) - bundle.target_mean) / bundle.target_std
    return torch.from_numpy(numbers.astype(np.float32))


def _pairs(
    after: ModelBundle,
    spec: ModelSpec,
    train: ReadFrame,
    train_target: Sequence[Answer],
    places: npt.NDArray[np.int64],
    pushed: np.ndarray,
    pushed_target: Sequence[Answer],
) -> Pairs:
    truth = encoded_target(after, train_target)
    weight = torch.ones(len(truth))
    if after.classes is not None and spec.learner.class_weights == "balanced":
        weight = balanced_weights(truth, len(after.classes))[truth]
    rows = torch.from_numpy(places)
    return Pairs(
        train=torch.from_numpy(after.schema.encode(train.take(places))),
        train_target=truth[rows],
        train_weight=weight[rows],
        pushed=torch.from_numpy(pushed),
        pushed_target=encoded_target(after, pushed_target),
    )


def _no_moments(trajectory: Trajectory) -> str:
    if trajectory.best_epoch == 0:
        return "unknown: no step of this training was kept, so that no row pushed"
    return "unknown: the network is too large for its path to be kept"
