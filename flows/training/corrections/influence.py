"""Which training rows pushed hardest on a mistake: TracIn over the moments of a training.

Pruthi, Liu, Kale and Sundararajan 2020, "Estimating training data influence by tracing gradient descent": the sum over
moments of learning rate × ⟨∇ℓ(training row), ∇ℓ(mistake)⟩. It speaks of plain gradient descent, while the optimiser
here is AdamW: signs and orders mean more than sizes. Of the last layer the gradient is the outer product of what the
layer was given and the output's error, so that all pairs are two matrix products; it sees that layer alone. All
layers are looked at row by row, on a sample.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional

from flows.training.corrections.trajectory import Moment

Floats = npt.NDArray[np.float32]
MOST_TRAINING_ROWS = 20_000
"""Training rows looked at in the last layer; of more, these many evenly spaced ones."""
SAMPLED_ROWS = 500
"""Training rows looked at in all layers."""
_MOST_VALUES = 16_000_000
"""Gradients of all layers held at once."""
_BATCH_VALUES = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Training rows and the rows they may have pushed. Targets are places of classes, or standardised numbers."""

    train: Tensor  # n × width
    train_target: Tensor  # n
    train_weight: Tensor  # n: what the row's loss was multiplied with in training
    pushed: Tensor  # m × width
    pushed_target: Tensor  # m


def last_layer_influence(network: nn.Module, moments: Sequence[Moment], pairs: Pairs) -> Floats | None:
    """n × m: how much training row i lowered the loss of row j; None where the last layer is no linear one."""
    network = copy.deepcopy(network)
    name = last_linear(network, pairs.train[:2])
    if name is None:
        return None
    total = torch.zeros(len(pairs.train), len(pairs.pushed))
    bias = float(network.get_submodule(name).bias is not None)
    for moment in moments:
        network.load_state_dict(dict(moment.weights))
        given, error = _last(network, name, pairs.train, pairs.train_target)
        given_pushed, error_pushed = _last(network, name, pairs.pushed, pairs.pushed_target)
        error *= pairs.train_weight[:, None]
        total += moment.rate * (error @ error_pushed.T) * (given @ given_pushed.T + bias)
    return _floats(total)


def all_layers_influence(network: nn.Module, moments: Sequence[Moment], pairs: Pairs) -> Floats | None:
    """n × m as `last_layer_influence`, over every parameter; None for a network too large for it.

    It costs a gradient for each row alone: give it few rows.
    """
    parameters = sum(parameter.numel() for parameter in network.parameters())
    if parameters * (len(pairs.pushed) + 1) > _MOST_VALUES:
        return None
    total = torch.zeros(len(pairs.train), len(pairs.pushed))
    size = max(1, _MOST_VALUES // parameters - len(pairs.pushed))
    for moment in moments:
        gradients = _row_gradients(network, moment)
        pushed = gradients(pairs.pushed, pairs.pushed_target)
        done = 0
        for rows, target in zip(torch.split(pairs.train, size), torch.split(pairs.train_target, size), strict=True):
            total[done : done + len(rows)] += moment.rate * (gradients(rows, target) @ pushed.T)
            done += len(rows)
    return _floats(total * pairs.train_weight[:, None])


def last_linear(network: nn.Module, rows: Tensor) -> str | None:
    """Name of the linear layer whose outputs are the network's own; None when another operation comes last."""
    last: list[tuple[str, Tensor]] = []

    def note(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        return lambda _module, _inputs, outputs: last.append((name, outputs))

    linear = [(name, part) for name, part in network.named_modules() if isinstance(part, nn.Linear)]
    hooks = [part.register_forward_hook(note(name)) for name, part in linear]
    try:
        with torch.no_grad():
            outputs = network.eval()(rows)
    finally:
        for hook in hooks:
            hook.remove()
    if not last or last[-1][1].shape != outputs.shape or not torch.equal(last[-1][1], outputs):
        return None
    return last[-1][0]


def _last(network: nn.Module, name: str, rows: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """(what the last layer was given, n × size; the gradient of each row's loss by its outputs, n × outputs)."""
    given: list[Tensor] = []
    hook = network.get_submodule(name).register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    try:
        with torch.no_grad():
            outputs = torch.cat([network(part) for part in _batches(rows)])
    finally:
        hook.remove()
    return torch.cat(given), output_error(outputs, target)


def output_error(outputs: Tensor, target: Tensor) -> Tensor:
    """Gradient of each row's own loss by its outputs, n × outputs: softmax less truth, or the clipped error (Huber)."""
    if target.dtype == torch.int64:
        return outputs.softmax(dim=1) - functional.one_hot(target, outputs.shape[1])
    return (outputs[:, :1] - target[:, None]).clamp(-1.0, 1.0)


def _row_gradients(network: nn.Module, moment: Moment) -> Callable[[Tensor, Tensor], Tensor]:
    """A function of n rows and their targets that gives n × parameters."""
    names = {name for name, _ in network.named_parameters()}
    weights = {name: tensor for name, tensor in moment.weights.items() if name in names}
    others = {name: tensor for name, tensor in moment.weights.items() if name not in names}

    def loss(parameters: dict[str, Tensor], row: Tensor, target: Tensor) -> Tensor:
        outputs = functional_call(network, {**parameters, **others}, (row[None],))
        if target.dtype == torch.int64:
            return functional.cross_entropy(outputs, target[None])
        return functional.huber_loss(outputs[0, :1], target[None])

    of_rows = vmap(grad(loss), in_dims=(None, 0, 0))

    def gradients(rows: Tensor, target: Tensor) -> Tensor:
        found = of_rows(weights, rows, target)
        return torch.cat([found[name].flatten(start_dim=1) for name in weights], dim=1)

    return gradients


def _batches(rows: Tensor) -> Iterator[Tensor]:
    yield from torch.split(rows, max(1, _BATCH_VALUES // rows.shape[1]))


def _floats(tensor: Tensor) -> Floats:
    array: Floats = tensor.numpy()
    return array
