"""One training: frames in, a bundle out, repeatable to the bit on a CPU.

The same rows, seed and start give the same weights, also through a crash and a resume; on CUDA, to rounding.
Torch's thread count and random state are process-wide: both are put back afterwards, and two trainings at once
belong in two processes. It knows nothing of where rows come from, of promotion, or of prices.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from flows.training.beginning import Beginning, begin
from flows.training.blocks import encoded
from flows.training.engine import device_for
from flows.training.epochs import Training
from flows.training.features import row_features
from flows.training.finishing import Finished, finish, origin_of
from flows.training.observing import Epoch, Observer
from flows.training.plan import UNKNOWN_CLASS, Rows
from flows.training.planning import WARM_LEARNING_RATE, alone, balanced_weights, batch_size, plan_of
from flows.training.pretrained import Pretrained
from flows.training.spread.job import Job, Part, block_path, write_target
from flows.training.spread.running import observer_path, run_together, spread_folder
from infra.domain.errors import TrainingFailed
from infra.domain.values import Answer, class_name
from infra.model.bundle import ModelBundle
from infra.model.schema import ColumnKind, Frame
from infra.spec import ModelSpec

__all__ = ["WARM_LEARNING_RATE", "Epoch", "Fitted", "balanced_weights", "batch_size", "fit"]


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
    on_spent: Callable[[float], None] = lambda _: None,
) -> Fitted:
    """Train on `train`, stop early and calibrate on `validation` (which should come later in time).

    AdamW, schedule, clipping and class weights per the model file, Huber loss on the standardised target for
    regression. With an earlier bundle as `start`, from its weights with its scaler refitted on `train`, at half
    the learning rate; one that cannot be used is a training from scratch, and the provenance says why. Given
    weights are fine-tuned at the full rate. `observer` sees every step and epoch; `on_epoch` hears each epoch after
    it was made safe in `checkpoint`. Rows that are too many for memory are mapped from a file (see
    `flows.training.blocks`); of a `ParquetFrame` they are never in memory all at once.

    With `learner.processes` several processes train together (`flows.training.spread`), and `on_spent` hears the CPU
    seconds that they have taken so far. `observer` is then made anew in the first of them, without arguments, and its
    `state` is given back to this one with `restore` before `ends`.

    Raises:
        TrainingFailed: nothing to learn from, given weights that do not fit, a training that diverged, a network
            that is dead.
        DataError: a value that its column's kind cannot hold.
        Refused, SpecError: the user's own network is not allowed, or does not fit.
    """
    device = device_for(spec.learner.device)
    meter = _Meter(device)
    with alone(device, seed), spread_folder(spec, checkpoint) as together:
        beginning = begin(train, train_target, spec=spec, kinds=kinds, start=start, allowed_modules=allowed_modules)
        rows = _encoded_rows(train, train_target, beginning, device, checkpoint, together, "train")
        held_out = _encoded_rows(validation, validation_target, beginning, device, checkpoint, together, "validation")
        _refuse_empty_validation(held_out)
        plan, network = plan_of(spec, beginning, rows, seed, device), beginning.network.to(device)
        training = Training(network, plan, rows, held_out, observer if together is None else None)
        identity = _identity(rows, held_out, spec, seed, start) if together or checkpoint else ""
        if together is None:
            training.run(on_epoch, checkpoint, identity)
        else:
            job = _job(together, spec, beginning, seed, checkpoint, identity, device, observer, allowed_modules)
            meter.elsewhere_seconds = run_together(job, training, on_epoch, observer, on_spent)
        origin, example = origin_of(provenance, beginning, start, training, seed, device), row_features(train, kinds, 0)
        done = finish(training, held_out, beginning, spec=spec, origin=origin, example=example)
    return meter.fitted(done, training, spec.learner.processes)


class _Meter:
    """What a training takes from now on: of this thread (on a GPU of this process), and of other processes for it."""

    def __init__(self, device: torch.device) -> None:
        self._device, self.elsewhere_seconds = device, 0.0
        self._clock = time.process_time if device.type == "cuda" else time.thread_time
        self._wall_started, self._cpu_started = time.perf_counter(), self._clock()

    def fitted(self, done: Finished, training: Training, processes: int) -> Fitted:
        wall_seconds = time.perf_counter() - self._wall_started
        return Fitted(
            bundle=done.bundle,
            epochs=tuple(training.history),
            best_epoch=training.best_epoch,
            device=str(self._device),
            cpu_seconds=self._clock() - self._cpu_started + self.elsewhere_seconds,
            gpu_seconds=wall_seconds * processes if self._device.type == "cuda" else None,
            wall_seconds=wall_seconds,
            notes=done.notes,
        )


def _job(
    folder: Path,
    spec: ModelSpec,
    beginning: Beginning,
    seed: int,
    checkpoint: Path | None,
    identity: str,
    device: torch.device,
    observer: Observer | None,
    allowed_modules: Sequence[str],
) -> Job:
    """The training as other processes are told of it."""
    return Job(
        folder=folder,
        spec=spec,
        beginning=beginning,
        seed=seed,
        checkpoint=checkpoint or folder / "checkpoint",
        identity=identity,
        device=device.type,
        observer=observer_path(observer),
        allowed_modules=allowed_modules,
    )


def _encoded_rows(
    frame: Frame,
    target: Sequence[Answer],
    beginning: Beginning,
    device: torch.device,
    folder: Path | None,
    together: Path | None,
    part: Part,
) -> Rows:
    """Encoded rows; where several processes train, in files for them as well."""
    file = None if together is None else block_path(together, part)
    block, mapped = encoded(beginning.schema, frame, folder, file)
    rows = _with_target(block if mapped else block.to(device), mapped, target, beginning, device)
    if together is not None:
        write_target(together, part, rows)
    return rows


def _with_target(
    block: Tensor, mapped: bool, target: Sequence[Answer], beginning: Beginning, device: torch.device
) -> Rows:
    if beginning.classes is None:
        numbers = (np.array(target, dtype=np.float64) - beginning.target_mean) / beginning.target_std
        return Rows(block=block, target=torch.from_numpy(numbers.astype(np.float32)).to(device), mapped=mapped)
    places = {name: place for place, name in enumerate(beginning.classes)}
    names: Iterable[str] = cast(Sequence[str], target) if set(map(type, target)) == {str} else map(class_name, target)
    found = np.fromiter((places.get(name, UNKNOWN_CLASS) for name in names), dtype=np.int64, count=len(target))
    return Rows(block=block, target=torch.from_numpy(found).to(device), mapped=mapped)


def _refuse_empty_validation(validation: Rows) -> None:
    rows = len(validation.target)
    if validation.target.dtype == torch.int64 and not bool((validation.target != UNKNOWN_CLASS).any()):
        raise TrainingFailed(
            f"none of {rows} validation rows has a class that the training rows hold: train on a longer span"
        )
    if not rows:
        raise TrainingFailed("there are no validation rows to stop on: give later rows")


def _identity(train: Rows, validation: Rows, spec: ModelSpec, seed: int, start: ModelBundle | Pretrained | None) -> str:
    """What a checkpoint must agree with: the rows, the seed, the settings and the weights it began from."""
    digest = hashlib.sha256()
    for rows in (train, validation):
        for tensor in (rows.block, rows.target):
            digest.update(np.ascontiguousarray(tensor.cpu().numpy()).data)
    settings = spec.learner.model_dump(mode="json") | {"network": spec.network, "task": spec.task, "seed": seed}
    digest.update(json.dumps([settings, start.sha256 if start is not None else None], sort_keys=True).encode())
    return digest.hexdigest()
