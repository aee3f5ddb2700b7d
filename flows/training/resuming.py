"""A training's whole state to a checkpoint and back: weights, optimiser, random states, place in the data, history.

It reads and writes `Training`'s state and decides nothing.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from flows.training.checkpoint import Checkpoint
from flows.training.observing import Epoch
from flows.training.passing import Pass

if TYPE_CHECKING:
    from flows.training.epochs import Training


def checkpoint_of(training: Training) -> Checkpoint:
    """Everything that a training needs to go on to the same weights."""
    tensors = {f"network.{name}": tensor for name, tensor in training.network.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in training.best.items()}
    for place, figures in training.stepper.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{place}.{name}": tensor for name, tensor in figures.items()}
    tensors |= {"random.shuffler": training.shuffler.get_state(), "random.torch": torch.get_rng_state()}
    tensors["random.augmenter"] = training.augmenter.get_state()
    if training.device.type == "cuda":
        tensors["random.cuda"] = torch.cuda.get_rng_state(training.device)
    state: dict[str, Any] = {
        "history": [asdict(epoch) for epoch in training.history],
        "constant": training.constant,
        "best_epoch": training.best_epoch,
        "best_loss": training.best_loss,
        "steps": training.steps,
        "pass": None,
    }
    if training.running is not None:
        running = training.running
        tensors |= {f"pass.{name}": getattr(running, name) for name in ("shuffler", "loss_sum", "norm_sum")}
        state["pass"] = {"rows": running.rows, "steps": running.steps, "seconds": running.seconds}
    if training.observer is not None:
        tensors |= {f"observer.{name}": tensor for name, tensor in training.observer.state().items()}
    return Checkpoint(tensors=tensors, state=state)


def restore(training: Training, checkpoint: Checkpoint) -> None:
    """Put a training where the checkpoint left it."""
    device, state = training.device, checkpoint.state
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in checkpoint.tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    training.network.load_state_dict(parts["network"])
    training.best = {name: tensor.to(device) for name, tensor in parts.get("best", {}).items()}
    _restore_optimiser(training.stepper.optimiser, parts.get("optimiser", {}))
    training.shuffler.set_state(parts["random"]["shuffler"])
    training.augmenter.set_state(parts["random"]["augmenter"])
    torch.set_rng_state(parts["random"]["torch"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(parts["random"]["cuda"], device)
    training.history = [Epoch(**values) for values in state["history"]]
    training.constant = list(state["constant"])
    training.best_epoch, training.best_loss = state["best_epoch"], state["best_loss"]
    training.steps = state["steps"]
    if state["pass"] is not None:
        sums = parts["pass"]
        training.running = Pass(
            shuffler=sums["shuffler"],
            loss_sum=sums["loss_sum"].to(device),
            norm_sum=sums["norm_sum"].to(device),
            **state["pass"],
        )
    if training.observer is not None:
        training.observer.restore(parts.get("observer", {}))


def _restore_optimiser(optimiser: torch.optim.Optimizer, figures: dict[str, Tensor]) -> None:
    state: dict[str, Any] = optimiser.state_dict()
    for name, tensor in figures.items():
        place, _, figure = name.partition(".")
        state["state"].setdefault(int(place), {})[figure] = tensor
    optimiser.load_state_dict(state)
