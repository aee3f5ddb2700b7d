"""One training: frames in, a bundle out, repeatable to the bit on a CPU.

The same rows, seed and start give the same weights, also through a crash and a resume; on CUDA, to rounding.
Torch's thread count and random state are process-wide: both are put back afterwards, and two trainings at once
belong in two processes. It knows nothing of where rows come from, of promotion, or of prices.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from flows.training.augmentation import augmentation_for
from flows.training.beginning import Beginning, begin
from flows.training.blocks import encoded
from flows.training.engine import autocast_type, device_for, pays_to_compile
from flows.training.epochs import Training
from flows.training.features import row_features
from flows.training.finishing import finish, origin_of
from flows.training.observing import Epoch, Observer
from flows.training.plan import UNKNOWN_CLASS, Plan, Rows
from flows.training.pretrained import Pretrained
from infra.domain.errors import TrainingFailed
from infra.domain.values import Answer, class_name
from infra.model.bundle import ModelBundle
from infra.model.schema import ColumnKind, Frame
from infra.spec import ModelSpec

__all__ = ["Epoch", "Fitted", "fit"]

WARM_LEARNING_RATE = 0.5
"""Share of the learning rate that a warm start takes: it corrects weights, it does not look for them."""

STEPS_AN_EPOCH, SMALLEST_BATCH = 20, 32
"""Few pictures get smaller batches than the model file allows; see `batch_size`."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What a training gave and took.

    `best_epoch` counts from 1; 0 is a warm start that no epoch improved on. The seconds are of this call: of a
    resumed training, those since the resume. `gpu_seconds` is None without a GPU.
    """

    bundle: ModelBundle
    epochs: tuple[Epoch, ...]
    best_epoch: int
    device: str
    cpu_seconds: float
    gpu_seconds: float | None
    wall_seconds: float
    notes: tuple[str, ...] = ()
    """What is doubtful about the result, such as being no better than chance."""


def fit(
    train: Frame,
    train_target: Sequence[Answer],
    validation: Frame,
    validation_target: Sequence[Answer],
    *,
    spec: ModelSpec,
    kinds: Mapping[str, ColumnKind],
    start: ModelBundle | Pretrained | None,
    seed: int,
    provenance: Mapping[str, str | int | float | None],
    on_epoch: Callable[[Epoch], None] | None = None,
    observer: Observer | None = None,
    checkpoint: Path | None = None,
    allowed_modules: Sequence[str] = (),
) -> Fitted:
    """Train on `train`, stop early and calibrate on `validation` (which should come later in time).

    AdamW, schedule, clipping and class weights per the model file, Huber loss on the standardised target for
    regression. With an earlier bundle as `start`, from its weights with its scaler refitted on `train`, at half
    the learning rate; one that cannot be used is a training from scratch, and the provenance says why. Given
    weights are fine-tuned at the full rate. `observer` sees every step and epoch; `on_epoch` hears each epoch after
    it was made safe in `checkpoint`. Rows that are too many for memory are mapped from a file (see
    `flows.training.blocks`); of a `ParquetFrame` they are never in memory all at once.

    Raises:
        TrainingFailed: nothing to learn from, given weights that do not fit, a training that diverged, a network
            that is dead.
        DataError: a value that its column's kind cannot hold.
        Refused, SpecError: the user's own network is not allowed, or does not fit.
    """
    device = device_for(spec.learner.device)
    clock = time.process_time if device.type == "cuda" else time.thread_time
    wall_started, cpu_started = time.perf_counter(), clock()
    with _alone(device, seed):
        beginning = begin(train, train_target, spec=spec, kinds=kinds, start=start, allowed_modules=allowed_modules)
        network = beginning.network.to(device)
        rows = _rows(train, train_target, beginning, device, checkpoint)
        held_out = _rows(validation, validation_target, beginning, device, checkpoint)
        _refuse_empty_validation(held_out)
        training = Training(network, _plan(spec, beginning, rows, seed, device), rows, held_out, observer)
        identity = _identity(rows, held_out, spec, seed, start) if checkpoint is not None else ""
        training.run(on_epoch, checkpoint, identity)
        origin, example = origin_of(provenance, beginning, start, training, seed, device), row_features(train, kinds, 0)
        done = finish(training, held_out, beginning, spec=spec, origin=origin, example=example)
    wall_seconds = time.perf_counter() - wall_started
    return Fitted(
        bundle=done.bundle,
        epochs=tuple(training.history),
        best_epoch=training.best_epoch,
        device=str(device),
        cpu_seconds=clock() - cpu_started,
        gpu_seconds=wall_seconds if device.type == "cuda" else None,
        wall_seconds=wall_seconds,
        notes=done.notes,
    )


@contextmanager
def _alone(device: torch.device, seed: int) -> Iterator[None]:
    """One torch thread on a CPU (more cost more than they give on small tensors), and a seeded random state."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        if device.type == "cpu":
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def _rows(
    frame: Frame, target: Sequence[Answer], beginning: Beginning, device: torch.device, folder: Path | None
) -> Rows:
    block, mapped = encoded(beginning.schema, frame, folder)
    block = block if mapped else block.to(device)
    if beginning.classes is None:
        numbers = (np.array(target, dtype=np.float64) - beginning.target_mean) / beginning.target_std
        return Rows(block=block, target=torch.from_numpy(numbers.astype(np.float32)).to(device), mapped=mapped)
    places = {name: place for place, name in enumerate(beginning.classes)}
    names: Iterable[str] = cast(Sequence[str], target) if set(map(type, target)) == {str} else map(class_name, target)
    found = np.array([places.get(name, UNKNOWN_CLASS) for name in names], dtype=np.int64)
    return Rows(block=block, target=torch.from_numpy(found).to(device), mapped=mapped)


def _refuse_empty_validation(validation: Rows) -> None:
    rows = len(validation.target)
    if validation.target.dtype == torch.int64 and not bool((validation.target != UNKNOWN_CLASS).any()):
        raise TrainingFailed(
            f"none of {rows} validation rows has a class that the training rows hold: train on a longer span"
        )
    if not rows:
        raise TrainingFailed("there are no validation rows to stop on: give later rows")


def _plan(spec: ModelSpec, beginning: Beginning, rows: Rows, seed: int, device: torch.device) -> Plan:
    learner = spec.learner
    weights = None
    if beginning.classes is not None and learner.class_weights == "balanced":
        weights = balanced_weights(rows.target, len(beginning.classes))
    picture = beginning.schema.picture
    size = batch_size(learner.batch_size, len(rows), pictures=picture is not None)
    return Plan(
        task=spec.task,
        epochs=learner.epochs,
        patience=learner.patience,
        batch_size=size,
        learning_rate=learner.learning_rate * (WARM_LEARNING_RATE if beginning.warm else 1.0),
        weight_decay=learner.weight_decay,
        class_weights=weights,
        target_std=beginning.target_std,
        seed=seed,
        warm=beginning.warm,
        schedule=learner.schedule,
        warm_up=learner.warm_up,
        clip_norm=learner.clip_norm,
        autocast=autocast_type(learner.precision, device),
        augmentation=augmentation_for(learner.augment, picture.shape if picture is not None else None),
        compiled=pays_to_compile(learner.compile, device, steps=learner.epochs * -(-len(rows) // size)),
    )


def batch_size(asked: int, rows: int, *, pictures: bool) -> int:
    """Rows of one step: as asked, but few pictures are cut into about 20 steps an epoch.

    Hundreds of pictures in batches of 256 learnt less and took more epochs (on 1,280 of them, accuracy .84
    against .94); for tables smaller batches doubled the cost and gained nothing.

    >>> batch_size(256, 1_280, pictures=True), batch_size(256, 1_280, pictures=False)
    (64, 256)
    """
    return min(asked, max(SMALLEST_BATCH, rows // STEPS_AN_EPOCH)) if pictures else asked


def balanced_weights(places: Tensor, classes: int) -> Tensor:
    """Weight of each class: the square root of its inverse frequency, 1 on average over the rows.

    Full inverse frequency would cost more accuracy on the common class than it gains on the rare one. A class
    without rows weighs 1.
    """
    counts = torch.bincount(places, minlength=classes).double()
    weights = torch.where(counts > 0, counts.clamp(min=1).rsqrt(), torch.zeros(()).double())
    weights *= counts.sum() / (weights * counts).sum()
    return torch.where(counts > 0, weights, torch.ones(()).double()).float()


def _identity(train: Rows, validation: Rows, spec: ModelSpec, seed: int, start: ModelBundle | Pretrained | None) -> str:
    """What a checkpoint must agree with: the rows, the seed, the settings and the weights it began from."""
    digest = hashlib.sha256()
    for rows in (train, validation):
        for tensor in (rows.block, rows.target):
            digest.update(np.ascontiguousarray(tensor.cpu().numpy()).data)
    settings = spec.learner.model_dump(mode="json") | {"network": spec.network, "task": spec.task, "seed": seed}
    digest.update(json.dumps([settings, start.sha256 if start is not None else None], sort_keys=True).encode())
    return digest.hexdigest()
