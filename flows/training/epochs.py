"""The epochs of one training: tensors in memory, one shuffle an epoch, early stopping with the best weights.

Everything random comes from generators seeded outside or kept in the checkpoint, so that the same rows, seed and
start give the same weights. It knows nothing of frames, schemas or bundles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from flows.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from flows.training.observing import Epoch, Observer, Step, trainable
from infra.domain.errors import TrainingFailed

CLIP_NORM = 5.0
"""Gradients longer than this are scaled down to it."""
EXPLODED_NORM = 1e6
UNKNOWN_CLASS = -1
_VALIDATION_VALUES = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the epochs go by."""

    task: Literal["classification", "regression"]
    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    class_weights: Tensor | None
    target_std: float
    seed: int
    warm: bool
    """Warm: the weights it starts from are themselves a result, kept when no epoch improves on them."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Encoded rows on the device, and their targets: places of classes (int64) or standardised numbers."""

    block: Tensor  # n × width, float32
    target: Tensor  # n


class Training:
    """The state that changes from epoch to epoch."""

    def __init__(
        self, network: nn.Module, plan: Plan, train: Rows, validation: Rows, observer: Observer | None = None
    ) -> None:
        self._network, self._plan, self._train, self._validation = network, plan, train, validation
        self._observer = observer
        self._parameters = list(trainable(network).values())
        self._optimiser = torch.optim.AdamW(
            self._parameters, lr=plan.learning_rate, weight_decay=plan.weight_decay, fused=True
        )
        self._shuffler = torch.Generator().manual_seed(plan.seed)
        self._block = torch.empty_like(train.block)
        self.history: list[Epoch] = []
        self.steps = self.best_epoch = 0
        self._best_loss = math.inf
        self._best: dict[str, Tensor] = {}
        if plan.warm:
            self._best_loss, _ = self._validate()
            self._keep_best()

    @property
    def finished(self) -> bool:
        """All epochs are done, or none of the last `patience` improved the validation loss."""
        done = len(self.history)
        return done >= self._plan.epochs or done - self.best_epoch >= self._plan.patience

    def run(self, on_epoch: Callable[[Epoch], None] | None, folder: Path | None, identity: str) -> None:
        """Train until finished and leave the best weights in the network; resumes from `folder`.

        Raises:
            TrainingFailed: the loss is not finite, or the gradients exploded.
        """
        if folder is not None and (checkpoint := load_checkpoint(folder, identity)) is not None:
            self._restore(checkpoint)
        elif self._observer is not None:
            self._observer.begins(self._network)
        while not self.finished:
            epoch = self._epoch()
            self.history.append(epoch)
            if epoch.validation_loss < self._best_loss:
                self._best_loss, self.best_epoch = epoch.validation_loss, epoch.number
                self._keep_best()
            if self._observer is not None:
                self._observer.on_epoch(self._network, epoch)
            if folder is not None:
                save_checkpoint(folder, identity, self._checkpoint())
            if on_epoch is not None:
                on_epoch(epoch)
        self._network.load_state_dict(self._best)
        self._network.eval()
        if self._observer is not None:
            self._observer.ends(self._network, self.best_epoch)

    def outputs(self, block: Tensor) -> Tensor:
        """n × outputs in eval mode, in parts that bound memory."""
        self._network.eval()
        with torch.inference_mode():
            rows = max(1, _VALIDATION_VALUES // block.shape[1])
            return torch.cat([self._network(part) for part in torch.split(block, rows)])

    def _epoch(self) -> Epoch:
        started = perf_counter()
        self._network.train()
        device, rows = self._block.device, len(self._block)
        order = torch.randperm(rows, generator=self._shuffler).to(device)
        torch.index_select(self._train.block, 0, order, out=self._block)
        target = self._train.target[order]
        loss_sum, norm_sum, steps = torch.zeros((), device=device), torch.zeros((), device=device), 0
        for first, last in _batches(rows, self._plan.batch_size):
            self._optimiser.zero_grad()
            loss = self._loss(self._network(self._block[first:last]), target[first:last])
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves Tensor.backward untyped
            norms = _gradient_norms(self._parameters)
            norm = torch.linalg.vector_norm(norms)
            nn.utils.clip_grads_with_norm_(self._parameters, CLIP_NORM, norm)
            norm_sum += norm
            self.steps += 1
            if self._observer is not None:
                step = Step(
                    number=self.steps,
                    rows=order[first:last],
                    gradient_norms=norms,
                    learning_rate=self._plan.learning_rate,
                )
                self._observer.on_step(self._network, step)
            self._optimiser.step()
            loss_sum += loss.detach() * (last - first)
            steps += 1
        validation_loss, validation_score = self._validate()
        epoch = Epoch(
            number=len(self.history) + 1,
            of=self._plan.epochs,
            train_loss=float(loss_sum) / rows,
            validation_loss=validation_loss,
            validation_score=validation_score,
            gradient_norm=float(norm_sum) / steps,
            seconds=perf_counter() - started,
            learning_rate=self._plan.learning_rate,
        )
        _refuse_divergence(epoch)
        return epoch

    def _loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        if self._plan.task == "classification":
            return functional.cross_entropy(
                outputs, target, weight=self._plan.class_weights, ignore_index=UNKNOWN_CLASS
            )
        return functional.huber_loss(outputs[:, 0], target)

    def _validate(self) -> tuple[float, float]:
        """(loss, score) on the validation rows; a class that training has not seen counts as wrong."""
        outputs, target = self.outputs(self._validation.block), self._validation.target
        loss = float(self._loss(outputs, target))
        if self._plan.task == "classification":
            return loss, float((outputs.argmax(dim=1) == target).double().mean())
        return loss, float((outputs[:, 0] - target).abs().double().mean()) * self._plan.target_std

    def _keep_best(self) -> None:
        self._best = {name: tensor.detach().clone() for name, tensor in self._network.state_dict().items()}

    def _checkpoint(self) -> Checkpoint:
        tensors = {f"network.{name}": tensor for name, tensor in self._network.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self._best.items()}
        for place, figures in self._optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{place}.{name}": tensor for name, tensor in figures.items()}
        tensors |= {"random.shuffler": self._shuffler.get_state(), "random.torch": torch.get_rng_state()}
        if self._block.is_cuda:
            tensors["random.cuda"] = torch.cuda.get_rng_state(self._block.device)
        if self._observer is not None:
            tensors |= {f"observer.{name}": tensor for name, tensor in self._observer.state().items()}
        history = [asdict(epoch) for epoch in self.history]
        return Checkpoint(
            tensors=tensors,
            state={
                "history": history,
                "best_epoch": self.best_epoch,
                "best_loss": self._best_loss,
                "steps": self.steps,
            },
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        device = self._block.device
        parts: dict[str, dict[str, Tensor]] = {}
        for name, tensor in checkpoint.tensors.items():
            part, _, rest = name.partition(".")
            parts.setdefault(part, {})[rest] = tensor
        self._network.load_state_dict(parts["network"])
        self._best = {name: tensor.to(device) for name, tensor in parts["best"].items()}
        state: dict[str, Any] = self._optimiser.state_dict()
        for name, tensor in parts["optimiser"].items():
            place, _, figure = name.partition(".")
            state["state"].setdefault(int(place), {})[figure] = tensor
        self._optimiser.load_state_dict(state)
        self._shuffler.set_state(parts["random"]["shuffler"])
        torch.set_rng_state(parts["random"]["torch"])
        if self._block.is_cuda:
            torch.cuda.set_rng_state(parts["random"]["cuda"], device)
        if self._observer is not None:
            self._observer.restore(parts.get("observer", {}))
        self.history = [Epoch(**values) for values in checkpoint.state["history"]]
        self.best_epoch, self._best_loss = checkpoint.state["best_epoch"], checkpoint.state["best_loss"]
        self.steps = checkpoint.state["steps"]


def _gradient_norms(parameters: Sequence[nn.Parameter]) -> Tensor:
    """Euclidean norm of each parameter's gradient; 0 where none reached it."""
    zero = torch.zeros((), device=parameters[0].device)
    return torch.stack([zero if one.grad is None else torch.linalg.vector_norm(one.grad) for one in parameters])


def _batches(rows: int, size: int) -> Iterator[tuple[int, int]]:
    """Slices of the permuted rows; a last one of a single row joins the one before it (batch norm needs two)."""
    first = 0
    while first < rows:
        last = min(first + size, rows)
        if rows - last == 1:
            last = rows
        yield first, last
        first = last


def _refuse_divergence(epoch: Epoch) -> None:
    advice = f"lower learner.learning_rate (now {epoch.learning_rate:g}) or look for outliers in the rows"
    if not (math.isfinite(epoch.train_loss) and math.isfinite(epoch.validation_loss)):
        raise TrainingFailed(
            f"epoch {epoch.number}: the loss is {epoch.train_loss:g} in training and {epoch.validation_loss:g} in "
            f"validation: {advice}"
        )
    if not epoch.gradient_norm < EXPLODED_NORM:
        raise TrainingFailed(f"epoch {epoch.number}: gradients exploded to a norm of {epoch.gradient_norm:g}: {advice}")
