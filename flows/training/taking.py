"""Weights of one network into another: those of an earlier version, or given ones to fine-tune; and freezing.

It knows nothing of rows, classes or files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from infra.domain.errors import TrainingFailed

_NAMED = 5


def take_over(network: nn.Module, weights: Mapping[str, Tensor]) -> str | None:
    """Copy the weights in; a tensor that only gained rows (classes) keeps its old ones. The misfit, or None.

    Nothing is copied when anything does not fit.
    """
    own = network.state_dict()
    for name, tensor in own.items():
        old = weights.get(name)
        if old is None or old.shape[1:] != tensor.shape[1:] or old.ndim != tensor.ndim:
            return f"started from scratch: the earlier network's {name!r} does not fit"
        if old.ndim and len(old) > len(tensor):
            return f"started from scratch: the earlier network's {name!r} is larger"
    with torch.no_grad():
        for name, tensor in own.items():
            if tensor.ndim:
                tensor[: len(weights[name])].copy_(weights[name])
            else:
                tensor.copy_(weights[name])
    return None


def fine_tune(network: nn.Module, weights: Mapping[str, Tensor], source: str, *, fresh_head: bool) -> str | None:
    """Copy given weights in; the last layer may be left out. What is to be said about it, or None.

    Args:
        network: changed in place.
        weights: a state dict of the same architecture.
        source: where they came from, for messages.
        fresh_head: leave the last layer as it is, even where it would fit.

    Raises:
        TrainingFailed: a layer before the last does not fit, or the weights hold layers that the network has not.
    """
    own, head = network.state_dict(), _last_layer(network)
    unfit = [name for name, tensor in own.items() if name not in weights or weights[name].shape != tensor.shape]
    wrong = [name for name in unfit if not name.startswith(head)]
    extra = sorted(weights.keys() - own.keys())
    if wrong or extra:
        raise TrainingFailed(f"the weights of {source} do not fit the network: {_misfits(own, weights, wrong, extra)}")
    fresh_head = fresh_head or bool(unfit)
    with torch.no_grad():
        for name, tensor in own.items():
            if not (fresh_head and name.startswith(head)):
                tensor.copy_(weights[name])
    return f"the last layer ({head.rstrip('.')}) was begun anew" if fresh_head else None


def freeze(network: nn.Module, prefixes: Sequence[str]) -> None:
    """Hold the parameters of these modules, by the beginning of their names, at the weights they have.

    Raises:
        TrainingFailed: a name fits nothing, or nothing is left to train.
    """
    for prefix in prefixes:
        found = [one for name, one in network.named_parameters() if name == prefix or name.startswith(f"{prefix}.")]
        if not found:
            raise TrainingFailed(
                f"learner.frozen names {prefix!r}, which this network has not: it has {', '.join(_layers(network))}"
            )
        for parameter in found:
            parameter.requires_grad_(False)
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise TrainingFailed(
            f"learner.frozen holds every layer ({', '.join(prefixes)}), so that nothing is left to train: leave at "
            f"least {_last_layer(network).rstrip('.')} out"
        )


def _layers(network: nn.Module) -> list[str]:
    """Names that hold parameters, from the outer to the inner ones."""
    return [name for name, part in network.named_modules() if name and any(True for _ in part.parameters())]


def _last_layer(network: nn.Module) -> str:
    """Beginning of the names of the last module that has parameters of its own, with its dot."""
    named = [name for name, part in network.named_modules() if any(True for _ in part.parameters(recurse=False))]
    return f"{named[-1]}." if named and named[-1] else ""


def _misfits(
    own: Mapping[str, Tensor], weights: Mapping[str, Tensor], wrong: Sequence[str], extra: Sequence[str]
) -> str:
    shape = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    said = [f"{name} is {shape.get(name, 'not there')}, {tuple(own[name].shape)} is needed" for name in wrong]
    said += [f"{name} {shape[name]} has no place in it" for name in extra]
    more = f"; and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return "; ".join(said[:_NAMED]) + more + ": set learner.network and learner.hidden to what they were trained with"
