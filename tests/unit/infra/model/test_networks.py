"""Networks read one block, and a user's own runs only when the operator allows its module."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from infra.domain.errors import Refused, SpecError
from infra.model.networks import build_network
from infra.model.pictures import encode_picture
from infra.model.schema import FeatureSchema

_CONFIG: dict[str, object] = {"hidden": [8, 4], "dropout": 0.1}


def build_linear(*, width: int, outputs: int, config: Mapping[str, object]) -> nn.Module:
    assert config == _CONFIG
    return nn.Linear(width, outputs)


def build_too_wide(*, width: int, outputs: int, config: Mapping[str, object]) -> nn.Module:
    return nn.Linear(width, outputs + 1)


def build_nothing(*, width: int, outputs: int, config: Mapping[str, object]) -> int:
    return width


def build_and_raise(*, width: int, outputs: int, config: Mapping[str, object]) -> nn.Module:
    raise RuntimeError(f"no {width}")


def build_of_other_width(*, width: int, outputs: int, config: Mapping[str, object]) -> nn.Module:
    return nn.Linear(width + 1, outputs)


class Forest:
    """As a classifier of another library: built, but not with what a network is built with."""


def _tabular() -> FeatureSchema:
    return FeatureSchema.learn(pd.DataFrame({"x": [1.0, 2.0]}), {"x": "numeric"})


def _pictures(side: int, channels: int) -> FeatureSchema:
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, channels), dtype=np.uint8)
    frame = pd.DataFrame({"image": [encode_picture(pixels)], "x": [1.0]})
    return FeatureSchema.learn(frame, {"x": "numeric", "image": "picture"})


@pytest.mark.parametrize(("side", "channels"), [(1, 1), (3, 1), (8, 3), (16, 1), (48, 3)])
def test_cnn_takes_pictures_of_any_size_with_columns_beside_them(side: int, channels: int) -> None:
    schema = _pictures(side, channels)
    network = build_network("cnn", schema=schema, outputs=3, config=_CONFIG).eval()
    assert network(torch.zeros(2, schema.width)).shape == (2, 3)


def test_cnn_sees_both_the_picture_and_the_columns() -> None:
    schema = _pictures(8, 1)
    torch.manual_seed(0)
    network = build_network("cnn", schema=schema, outputs=1, config=_CONFIG).eval()
    block = torch.zeros(1, schema.width, requires_grad=True)
    network(block + torch.randn(1, schema.width)).sum().backward()
    assert block.grad is not None
    assert block.grad[0, :64].abs().sum() > 0
    assert block.grad[0, 64] != 0


def test_own_network_is_refused_unless_its_module_is_allowed() -> None:
    with pytest.raises(Refused, match="KEEPSHARP_ALLOWED_MODULES"):
        build_network(f"{__name__}:build_linear", schema=_tabular(), outputs=2, config=_CONFIG)
    network = build_network(
        f"{__name__}:build_linear", schema=_tabular(), outputs=2, config=_CONFIG, allowed_modules=[__name__]
    )
    assert isinstance(network, nn.Linear)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{__name__}:build_too_wide", r"shape \(2, 3\): give \(2, 2\)"),
        (f"{__name__}:build_nothing", "returned int"),
        (f"{__name__}:absent", "cannot be imported"),
        (f"{__name__}:build_and_raise", r"called as \(width=1, outputs=2, config=…\) raised RuntimeError: no 1"),
        (f"{__name__}:build_of_other_width", r"gave a network that raised RuntimeError.*it has to give \(2, 2\)"),
        (f"{__name__}:Forest", "raised TypeError.*return a torch.nn.Module"),
        (f"{__name__}:_CONFIG", "is a dict, which cannot be called: name a function"),
        ("transformer", "is no network"),
        ("cnn", "needs pictures"),
    ],
)
def test_network_that_does_not_fit_is_a_mistake_in_the_model_file(name: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        build_network(name, schema=_tabular(), outputs=2, config=_CONFIG, allowed_modules=[__name__])


@pytest.mark.parametrize("name", ["mlp", "residual_mlp"])
def test_categories_become_vectors_and_numbers_pass_by_them(name: str) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "site": ["a", "b", "c"], "shift": ["day", "night", "day"]})
    schema = FeatureSchema.learn(frame, {"x": "numeric", "site": "categorical", "shift": "categorical"})
    network = build_network(name, schema=schema, outputs=2, config={**_CONFIG, "embedding": 2}).eval()
    shapes = {key: tuple(one.shape) for key, one in network.state_dict().items() if key.startswith("vectors")}
    assert shapes == {"vectors.0.weight": (2, 3), "vectors.1.weight": (2, 2)}
    block = torch.from_numpy(schema.encode(frame)).requires_grad_(True)
    outputs = network(block)
    assert outputs.shape == (3, 2)
    (gradient,) = torch.autograd.grad(outputs[:, 0].sum(), block)
    assert bool((gradient != 0).any(dim=0).all())  # every input is read


def test_a_table_without_categories_needs_no_vectors() -> None:
    plain = build_network("mlp", schema=_tabular(), outputs=2, config={**_CONFIG, "embedding": 4})
    assert not any(name.startswith("vectors") for name in plain.state_dict())
