from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from infra.model.bundle import ModelBundle
from infra.model.networks import build_network
from infra.model.schema import FeatureSchema

FRAME = pd.DataFrame({"x": [0.0, 1.0, None, 3.0], "ok": [True, False, True, True], "site": ["a", "b", "a", "c"]})
SCHEMA = FeatureSchema.learn(FRAME, {"x": "numeric", "ok": "boolean", "site": "categorical"})


def _bundle(network: nn.Module | None = None, classes: tuple[str, ...] | None = ("a", "b", "c")) -> ModelBundle:
    torch.manual_seed(0)
    outputs = len(classes) if classes else 1
    made = build_network("mlp", schema=SCHEMA, outputs=outputs, config={"hidden": [5, 4], "dropout": 0.0})
    return ModelBundle(
        task="classification" if classes else "regression",
        schema=SCHEMA,
        network_name="mlp",
        network_config={},
        network=(network or made).eval().requires_grad_(False),
        classes=classes,
        target_mean=0.0,
        target_std=1.0,
        temperature=1.0,
        provenance={},
    )


class Own(nn.Module):
    """A network of the user's own."""

    def __init__(self, answer: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, block: Tensor) -> Tensor:
        return self.answer(block)


def test_every_input_of_the_block_belongs_to_one_column() -> None:
    assert SCHEMA.inputs == {"x": (0, 2), "ok": (1,), "site": range(3, 6)}
    assert sorted(place for places in SCHEMA.inputs.values() for place in places) == list(range(SCHEMA.width))


def test_the_last_linear_layer_turns_the_embedding_into_the_answer() -> None:
    bundle, block = _bundle(), SCHEMA.encode(FRAME)
    seen = bundle.embed(block)
    assert seen is not None
    assert seen.shape == (4, 4)
    head = bundle.network.head
    assert isinstance(head, nn.Linear)
    logits = seen @ head.weight.double().numpy().T + head.bias.double().numpy()
    with torch.inference_mode():
        np.testing.assert_allclose(logits, bundle.network(torch.from_numpy(block)).numpy(), atol=1e-5)
    assert not any(part._forward_pre_hooks for part in bundle.network.modules())


def test_a_network_without_linear_layers_shows_nothing() -> None:
    assert _bundle(Own(lambda block: block[:, :3])).embed(SCHEMA.encode(FRAME)) is None


def test_sensitivity_is_the_slope_of_a_straight_line() -> None:
    line = Own(lambda block: (2.0 * block[:, 0] - 0.5 * block[:, 4]).unsqueeze(1))
    found = _bundle(line, classes=None).sensitivity(SCHEMA.encode(FRAME))
    assert found is not None
    assert found.tolist() == [2.0, 0.0, 0.0, 0.0, 0.5, 0.0]


def test_sensitivity_to_a_sure_answer_does_not_vanish() -> None:
    sure = Own(lambda block: torch.stack([1e4 + block[:, 0], -block[:, 0], 0.0 * block[:, 0]], dim=1))
    found = _bundle(sure).sensitivity(SCHEMA.encode(FRAME))
    assert found is not None
    assert found[0] == 1.0


def test_what_cannot_be_differentiated_has_no_sensitivity() -> None:
    steps = Own(lambda block: block[:, :3].detach().round())
    assert replace(_bundle(), network=steps).sensitivity(SCHEMA.encode(FRAME)) is None
