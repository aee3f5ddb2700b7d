"""What a training goes by, from the model file and the rows; and the process that it has to itself meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from flows.training.augmentation import augmentation_for
from flows.training.beginning import Beginning
from flows.training.engine import autocast_type, pays_to_compile
from flows.training.plan import Plan, Rows
from infra.spec import ModelSpec

WARM_LEARNING_RATE = 0.5
"""Share of the learning rate that a warm start takes: it corrects weights, it does not look for them."""

STEPS_AN_EPOCH, SMALLEST_BATCH = 20, 32
"""Few pictures get smaller batches than the model file allows; see `batch_size`."""


@contextmanager
def alone(device: torch.device, seed: int) -> Iterator[None]:
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


def plan_of(spec: ModelSpec, beginning: Beginning, rows: Rows, seed: int, device: torch.device) -> Plan:
    """The model file's learner on these rows."""
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
