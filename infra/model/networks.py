"""The networks that learn: an MLP for tables, plain or residual, a small CNN for pictures, or the user's own.

Every network reads one float32 block, n × width, and gives n × outputs. It knows nothing of training.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import cast

import torch
from torch import Tensor, nn

from infra.domain.errors import Mistake, Refused, SpecError
from infra.model.embeddings import Embedded
from infra.model.residual import ResidualMLP
from infra.model.schema import FeatureSchema

_CHANNELS = (16, 32, 64)
_HALVED_SIDE = 16
_POOLED_SIDE = 4


class MLP(nn.Module):
    """Linear layers with ReLU and dropout between them."""

    def __init__(self, *, width: int, hidden: Sequence[int], outputs: int, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ReLU()]
            if dropout > 0:
                layers.append(nn.Dropout(dropout))
            width = size
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, outputs)

    def forward(self, block: Tensor) -> Tensor:
        """n × width → n × outputs."""
        return cast(Tensor, self.head(self.body(block)))


class CNN(nn.Module):
    """Three convolution blocks, pooled by mean and maximum, joined by the table's columns.

    The picture is the first height × width × channels columns of the block. The first convolution halves it: at
    full resolution it cost six times as much and was no more accurate on 48 × 48 pictures.
    """

    def __init__(
        self, *, shape: tuple[int, int, int], rest: int, hidden: Sequence[int], outputs: int, dropout: float
    ) -> None:
        super().__init__()
        self.shape = shape
        stride = 2 if min(shape[:2]) >= _HALVED_SIDE else 1
        side, channels = min(shape[:2]) // stride, _CHANNELS[-1]
        blocks = _block(shape[2], _CHANNELS[0], size=5, stride=stride)
        for narrow, wide in pairwise(_CHANNELS):
            if side >= _POOLED_SIDE:
                blocks.append(nn.MaxPool2d(2))
                side //= 2
            blocks += _block(narrow, wide, size=3, stride=1)
        self.blocks = nn.Sequential(*blocks)
        self.head = MLP(width=2 * channels + rest, hidden=hidden[-1:], outputs=outputs, dropout=dropout)

    def forward(self, block: Tensor) -> Tensor:
        """n × width → n × outputs."""
        pixels = prod(self.shape)
        picture = block[:, :pixels].reshape(-1, *self.shape).permute(0, 3, 1, 2)  # n × channels × height × width
        maps = self.blocks(picture)  # n × 64 × small × small
        pooled = torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3)), block[:, pixels:]], dim=1)
        return cast(Tensor, self.head(pooled))


_TABULAR: Mapping[str, type[MLP] | type[ResidualMLP]] = {"mlp": MLP, "residual_mlp": ResidualMLP}


def _block(channels: int, wider: int, *, size: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(channels, wider, size, stride=stride, padding=size // 2, bias=False)
    return [convolution, nn.BatchNorm2d(wider), nn.ReLU()]


def build_network(
    name: str,
    *,
    schema: FeatureSchema,
    outputs: int,
    config: Mapping[str, object],
    allowed_modules: Sequence[str] = (),
) -> nn.Module:
    """A fresh network: `mlp`, `residual_mlp`, `cnn`, or the user's own `package.module:build`.

    `config` holds `hidden` (list of sizes), `dropout` (0 ≤ p < 1) and, where it is asked for, `embedding` (the size of
    a category's vector). The user's function is called as
    `build(width=…, outputs=…, config=…)` and returns an `nn.Module`.

    Raises:
        Refused: the user's module is not one the operator allowed.
        SpecError: there is no such network, or it does not fit the data.
    """
    if ":" in name:
        return _build_own(name, width=schema.width, outputs=outputs, config=config, allowed_modules=allowed_modules)
    hidden, dropout = cast(Sequence[int], config["hidden"]), float(cast(float, config["dropout"]))
    if name in _TABULAR:
        if config.get("embedding") and schema.category_places:
            front = Embedded(schema.category_places, int(cast(int, config["embedding"])))
            front.network = _TABULAR[name](width=front.width, hidden=hidden, outputs=outputs, dropout=dropout)
            return front
        return _TABULAR[name](width=schema.width, hidden=hidden, outputs=outputs, dropout=dropout)
    if name != "cnn":
        raise _mistake(f"{name!r} is no network: use `mlp`, `residual_mlp`, `cnn` or `package.module:build`")
    if schema.picture is None or schema.picture.shape is None:
        raise _mistake("`cnn` needs pictures and the data has none: use `mlp`, or name them in data.images")
    shape = schema.picture.shape
    return CNN(shape=shape, rest=schema.width - prod(shape), hidden=hidden, outputs=outputs, dropout=dropout)


def load_function(path: str, *, allowed_modules: Sequence[str], where: str) -> Callable[..., object]:
    """The function that `package.module:name` names.

    Raises:
        Refused: the operator has not allowed the module.
        SpecError: the module or the function cannot be found, or is no function.
    """
    module_name, _, function_name = path.partition(":")
    if module_name not in allowed_modules:
        allowed = ", ".join(allowed_modules) or "none"
        raise Refused(
            f"{where} names the module {module_name!r}, which this installation does not run (allowed: {allowed}): "
            f'the operator can allow it with KEEPSHARP_ALLOWED_MODULES=["{module_name}"]'
        )
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except Exception as error:  # the user's own code, which may raise anything
        raise _mistake(f"{path!r} cannot be imported ({error}): check the path", where) from error
    if not callable(function):
        raise _mistake(f"{path!r} is a {type(function).__name__}, which cannot be called: name a function", where)
    return cast(Callable[..., object], function)


def _build_own(
    name: str, *, width: int, outputs: int, config: Mapping[str, object], allowed_modules: Sequence[str]
) -> nn.Module:
    build = load_function(name, allowed_modules=allowed_modules, where="learner.network")
    call = f"(width={width}, outputs={outputs}, config=…)"
    try:
        network = build(width=width, outputs=outputs, config=dict(config))
    except Exception as error:  # the user's own code, which may raise anything
        raise _mistake(f"{name!r} called as {call} raised {_told(error)}: return a torch.nn.Module") from error
    if not isinstance(network, nn.Module):
        raise _mistake(f"{name!r} returned {type(network).__name__}: return a torch.nn.Module")
    was_training = network.training
    try:
        with torch.inference_mode():
            shape = tuple(network.eval()(torch.zeros(2, width)).shape)
    except Exception as error:  # the user's own code, which may raise anything
        problem = f"{name!r} called as {call} gave a network that raised {_told(error)} on 2 rows of {width} columns"
        raise _mistake(f"{problem}: it has to give {(2, outputs)}") from error
    network.train(was_training)
    if shape != (2, outputs):
        raise _mistake(f"{name!r} turns 2 rows of {width} columns into shape {shape}: give {(2, outputs)}")
    return network


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _mistake(problem: str, where: str = "learner.network") -> SpecError:
    return SpecError("model file", [Mistake(where=where, line=None, problem=problem)])
