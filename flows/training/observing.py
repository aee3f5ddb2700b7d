"""What a training tells whoever watches it: each step, each epoch, and what to keep through a crash.

An observer may read the network's weights and gradients and copy them; it must not change them, nor draw from
torch's global random state. Without one a training pays nothing. It knows nothing of frames or bundles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One pass over the training rows.

    Losses are as trained on: cross entropy with class weights, or Huber on the standardised target.
    `validation_score` is accuracy, or mean absolute error in the target's units. `gradient_norm` is the mean
    over steps, before clipping. `seconds` is wall time, validation included. `learning_rate` is that of the
    epoch's last step. `seconds_left` is what all epochs that are left would take at the present pace; stopping
    early makes it less; None where nobody worked it out. `cost_so_far` is what its run has cost until here, in the
    model file's currency; the training itself does not know it.
    """

    number: int
    of: int
    train_loss: float
    validation_loss: float
    validation_score: float
    gradient_norm: float
    seconds: float
    learning_rate: float
    seconds_left: float | None = None
    cost_so_far: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of the optimiser, told after the backward pass and clipping, before the weights move."""

    number: int
    """Counted from 1 over all epochs."""
    rows: Tensor
    """Places of the batch among the training rows, int64, on the device."""
    gradient_norms: Tensor
    """Euclidean norm of each trainable parameter's gradient before clipping, in the order of `trainable`."""
    learning_rate: float


class Observer(Protocol):
    """Watches a training. The order is begins or restore, then steps and epochs, then ends."""

    def begins(self, network: nn.Module) -> None:
        """The network before its first step, on its device."""

    def on_step(self, network: nn.Module, step: Step) -> None:
        """The gradients are in the parameters' `grad`, clipped; the weights are those they were taken at."""

    def on_epoch(self, network: nn.Module, epoch: Epoch) -> None:
        """The network after an epoch's last step, in eval mode."""

    def ends(self, network: nn.Module, best_epoch: int) -> None:
        """The network with the weights that are kept; `best_epoch` 0 is a start that nothing improved on."""

    def state(self) -> Mapping[str, Tensor]:
        """What a resumed training needs to go on observing: kept in its checkpoint, so keep it small."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Called instead of `begins` when a training resumes; `state` is what `state` gave, on the CPU."""


class Unobserving:
    """An `Observer` that does nothing: derive from it to watch a part."""

    def begins(self, network: nn.Module) -> None:
        """Nothing."""

    def on_step(self, network: nn.Module, step: Step) -> None:
        """Nothing."""

    def on_epoch(self, network: nn.Module, epoch: Epoch) -> None:
        """Nothing."""

    def ends(self, network: nn.Module, best_epoch: int) -> None:
        """Nothing."""

    def state(self) -> Mapping[str, Tensor]:
        """Nothing to keep."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Nothing."""


def trainable(network: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training moves, by name, in the order of `Step.gradient_norms`."""
    return {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}
