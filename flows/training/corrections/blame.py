"""Whose blame the mistakes were, and who moved: gradient share and weight change of every layer.

The gradient is that of the mistakes' mean loss (cross entropy, or Huber on the standardised target) with every weight
as it was before. A layer is a module with parameters of its own. It knows nothing of how mistakes were found.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from flows.training.corrections.trajectory import State
from infra.domain.corrections import LayerBlame

_BATCH_VALUES = 1_000_000


def layers_blamed(
    network: nn.Module, gradient: Mapping[str, float] | None, start: State | None
) -> tuple[LayerBlame, ...]:
    """Every layer of the network after, in its order; `gradient` is of the network before, by its layers.

    A layer that only one of the two has is listed with what is known of it.
    """
    sizes: dict[str, int] = {}
    for name, parameter in network.named_parameters():
        sizes[layer_of(name)] = sizes.get(layer_of(name), 0) + parameter.numel()
    changes = {} if start is None else weight_changes(start, dict(network.named_parameters()))
    whole = sum((gradient or {}).values())
    shares = {layer: size / whole for layer, size in (gradient or {}).items()} if whole > 0 else {}
    layers = [
        LayerBlame(layer=layer, parameters=size, gradient_share=shares.get(layer), weight_change=changes.get(layer))
        for layer, size in sizes.items()
    ]
    gone = [layer for layer in shares if layer not in sizes]
    return (
        *layers,
        *(LayerBlame(layer=one, parameters=0, gradient_share=shares[one], weight_change=None) for one in gone),
    )


def squared_gradients(
    network: nn.Module, block: np.ndarray, target: Tensor, weights: State | None = None
) -> dict[str, float]:
    """Squared norm of the gradient of the rows' mean loss by layer; empty without rows.

    `block` is n × width; `target` holds places of classes (int64) or standardised numbers (float32). With `weights`
    they are taken instead of the network's own.
    """
    if not len(block):
        return {}
    state = dict(weights or network.state_dict())
    own = {name for name, _ in network.named_parameters()}
    parameters = {name: tensor.detach().clone().requires_grad_(True) for name, tensor in state.items() if name in own}
    with torch.enable_grad():
        size = max(1, _BATCH_VALUES // block.shape[1])
        for part, truth in zip(torch.split(torch.from_numpy(block), size), torch.split(target, size), strict=True):
            outputs = functional_call(network, {**state, **parameters}, (part,))
            loss = row_losses(outputs, truth).sum() / len(block)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves Tensor.backward untyped
    found: dict[str, float] = {}
    for name, parameter in parameters.items():
        squared = 0.0 if parameter.grad is None else float(parameter.grad.double().square().sum())
        found[layer_of(name)] = found.get(layer_of(name), 0.0) + squared
    return found


def weight_changes(start: State, end: Mapping[str, Tensor]) -> dict[str, float]:
    """‖end − start‖ ÷ ‖start‖ by layer (Frobenius); a layer that began at nothing, or in another shape, is left out.

    >>> weight_changes({"head.weight": torch.tensor([3.0, 4.0])}, {"head.weight": torch.tensor([3.0, 5.0])})
    {'head': 0.2}
    """
    moved: dict[str, float] = {}
    began: dict[str, float] = {}
    reshaped: set[str] = set()
    for name, tensor in end.items():
        old, layer = start.get(name), layer_of(name)
        if old is None or old.shape != tensor.shape:
            reshaped.add(layer)
            continue
        moved[layer] = moved.get(layer, 0.0) + float((tensor.detach().double().cpu() - old.double()).square().sum())
        began[layer] = began.get(layer, 0.0) + float(old.double().square().sum())
    return {
        layer: float(np.sqrt(moved[layer] / size))
        for layer, size in began.items()
        if size > 0 and layer not in reshaped
    }


def layer_of(parameter: str) -> str:
    """The module that a parameter belongs to.

    >>> layer_of("body.0.weight"), layer_of("scale")
    ('body.0', '(network)')
    """
    return parameter.rpartition(".")[0] or "(network)"


def row_losses(outputs: Tensor, target: Tensor) -> Tensor:
    """One loss a row, as trained on but for class weights: cross entropy, or Huber on the standardised target."""
    if target.dtype == torch.int64:
        return functional.cross_entropy(outputs, target, reduction="none")
    return functional.huber_loss(outputs[:, 0], target, reduction="none")
