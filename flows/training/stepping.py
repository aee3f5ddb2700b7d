"""One step of the optimiser: forward, loss, backward, clip, move.

It knows neither epochs nor where the rows come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from flows.training.crew import Crew
from flows.training.observing import trainable
from flows.training.plan import UNKNOWN_CLASS, Plan


class Stepper:
    """A network with its optimiser (AdamW, fused)."""

    def __init__(self, network: nn.Module, plan: Plan, device: torch.device, crew: Crew) -> None:
        self.network, self._plan, self._device, self._crew = network, plan, device, crew
        self.parameters = list(trainable(network).values())
        self.optimiser = torch.optim.AdamW(
            self.parameters, lr=plan.learning_rate, weight_decay=plan.weight_decay, fused=True
        )
        wrapped = crew.wrapped(network)
        self._forward = cast(Callable[[Tensor], Tensor], torch.compile(wrapped) if plan.compiled else wrapped)
        self._frozen = [part for part in network.modules() if _is_frozen(part)]

    def train(self) -> None:
        """Into training mode, save for the modules that are frozen whole (their running figures stay as well)."""
        self.network.train()
        for part in self._frozen:
            part.eval()

    def gradients(self, block: Tensor, target: Tensor, whole: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients of a batch, clipped, in the parameters' `grad`.

        Args:
            block, target: this process's own rows of the batch.
            whole: the targets of all its rows.

        Returns:
            This process's share of the loss (where it is alone, all of it), the norm of all gradients and that of
            each parameter's, the norms before clipping.
        """
        for parameter in self.parameters:
            parameter.grad = None
        autocast = self._plan.autocast
        with nullcontext() if autocast is None else torch.autocast(self._device.type, dtype=autocast):
            outputs = self._forward(block)
        if self._crew.size == 1:
            loss = self.loss(outputs.float(), target)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves Tensor.backward untyped
        else:
            loss = self._share(outputs.float(), target, whole)
            (loss * self._crew.size).backward()  # type: ignore[no-untyped-call]  # the mean is taken over all processes
        norms = gradient_norms(self.parameters)
        norm = torch.linalg.vector_norm(norms)
        limit = self._plan.clip_norm
        if limit is not None and (self._device.type != "cpu" or float(norm) > limit):  # asking a GPU would wait for it
            nn.utils.clip_grads_with_norm_(self.parameters, limit, norm)
        return loss.detach(), norm, norms

    def move(self, learning_rate: float) -> None:
        """Move the weights along the gradients."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        self.optimiser.step()

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Cross entropy with class weights, or Huber on the standardised target; the mean over the rows."""
        if self._plan.task == "classification":
            return functional.cross_entropy(
                outputs, target, weight=self._plan.class_weights, ignore_index=UNKNOWN_CLASS
            )
        return functional.huber_loss(outputs[:, 0], target)

    def _share(self, outputs: Tensor, target: Tensor, whole: Tensor) -> Tensor:
        """What these rows add to the mean over the whole batch."""
        if self._plan.task == "classification":
            weights = self._plan.class_weights
            losses = functional.cross_entropy(outputs, target, weight=weights, reduction="sum")
            return losses / (len(whole) if weights is None else weights[whole].sum())
        return functional.huber_loss(outputs[:, 0], target, reduction="sum") / len(whole)


def gradient_norms(parameters: Sequence[nn.Parameter]) -> Tensor:
    """Euclidean norm of each parameter's gradient; 0 where none reached it."""
    zero = torch.zeros((), device=parameters[0].device)
    return torch.stack([zero if one.grad is None else torch.linalg.vector_norm(one.grad) for one in parameters])


def _is_frozen(part: nn.Module) -> bool:
    own = list(part.parameters())
    return bool(own) and not any(parameter.requires_grad for parameter in own)
