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
    tensors["random.shuffler"] = training.shuffler.get_state()
    for name, state_of_random in _random(training).items():
        states = training.crew.gathered(state_of_random)
        tensors |= {f"random.{name}{_of(rank)}": one for rank, one in enumerate(states)}
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
        tensors |= {"pass.shuffler": running.shuffler, "pass.norm_sum": running.norm_sum}
        tensors["pass.loss_sum"] = training.crew.sum(running.loss_sum)
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
    own = _of(training.crew.rank)
    training.augmenter.set_state(parts["random"][f"augmenter{own}"])
    torch.set_rng_state(parts["random"][f"torch{own}"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(parts["random"][f"cuda{own}"], device)
    training.history = [Epoch(**values) for values in state["history"]]
    training.constant = list(state["constant"])
    training.best_epoch, training.best_loss = state["best_epoch"], state["best_loss"]
    training.steps = state["steps"]
    if state["pass"] is not None:
        sums = parts["pass"]
        training.running = Pass(
            shuffler=sums["shuffler"],
            loss_sum=sums["loss_sum"].to(device) * (training.crew.rank == 0),
            norm_sum=sums["norm_sum"].to(device),
            **state["pass"],
        )
    if training.observer is not None:
        training.observer.restore(parts.get("observer", {}))
    training.crew.sum(torch.zeros(()))  # nobody goes on before all have read it


def _random(training: Training) -> dict[str, Tensor]:
    """Random states of this process alone."""
    found = {"torch": torch.get_rng_state(), "augmenter": training.augmenter.get_state()}
    return found | ({"cuda": torch.cuda.get_rng_state(training.device)} if training.device.type == "cuda" else {})


def _of(rank: int) -> str:
    return f".{rank}" if rank else ""


def _restore_optimiser(optimiser: torch.optim.Optimizer, figures: dict[str, Tensor]) -> None:
    state: dict[str, Any] = optimiser.state_dict()
    for name, tensor in figures.items():
        place, _, figure = name.partition(".")
        state["state"].setdefault(int(place), {})[figure] = tensor
    optimiser.load_state_dict(state)
