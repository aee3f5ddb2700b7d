from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from flows.training.corrections.influence import (
    Pairs,
    all_layers_influence,
    last_layer_influence,
    last_linear,
)
from flows.training.corrections.trajectory import Moment
from infra.model.networks import CNN, MLP

CLASSES = 3


def pairs(width: int, *, numbers: bool = False, seed: int = 0) -> Pairs:
    drawn = torch.Generator().manual_seed(seed)

    def target(rows: int) -> Tensor:
        if numbers:
            return torch.randn(rows, generator=drawn) * 2.0
        return torch.randint(CLASSES, (rows,), generator=drawn)

    return Pairs(
        train=torch.randn(40, width, generator=drawn),
        train_target=target(40),
        train_weight=torch.rand(40, generator=drawn) + 0.5,
        pushed=torch.randn(7, width, generator=drawn),
        pushed_target=target(7),
    )


def moments(network: nn.Module, rates: Sequence[float] = (0.1, 0.02)) -> tuple[Moment, ...]:
    """Weights of a path: each time a little further."""
    states = []
    for number, rate in enumerate(rates):
        weights = {name: tensor.clone() * (1 + 0.5 * number) for name, tensor in network.state_dict().items()}
        states.append(Moment(epoch=number, weights=weights, rate=rate))
    return tuple(states)


def by_autograd(network: nn.Module, path: Sequence[Moment], given: Pairs, names: set[str] | None = None) -> np.ndarray:
    """The definition, row by row."""
    total = np.zeros((len(given.train), len(given.pushed)))
    for moment in path:
        network.load_state_dict(dict(moment.weights))

        def gradient(row: Tensor, target: Tensor) -> np.ndarray:
            outputs = network(row[None])
            if target.dtype == torch.int64:
                loss = nn.functional.cross_entropy(outputs, target[None])
            else:
                loss = nn.functional.huber_loss(outputs[:, 0], target[None])
            chosen = [one for name, one in network.named_parameters() if names is None or name in names]
            return torch.cat([part.flatten() for part in torch.autograd.grad(loss, chosen)]).numpy()

        trained = np.stack([gradient(*one) for one in zip(given.train, given.train_target, strict=True)])
        pushed = np.stack([gradient(*one) for one in zip(given.pushed, given.pushed_target, strict=True)])
        total += moment.rate * (trained * given.train_weight.numpy()[:, None]) @ pushed.T
    return total


@pytest.mark.parametrize("numbers", [False, True], ids=["classes", "numbers"])
def test_of_a_linear_model_the_closed_form_is_the_definition(numbers: bool) -> None:
    """All of a linear model is its last layer: both ways and autograd agree."""
    torch.manual_seed(0)
    network, given = nn.Linear(5, 1 if numbers else CLASSES), pairs(5, numbers=numbers)
    path = moments(network)
    expected = by_autograd(network, path, given)
    assert last_layer_influence(network, path, given) == pytest.approx(expected, abs=1e-5)
    assert all_layers_influence(network, path, given) == pytest.approx(expected, abs=1e-5)


def deep() -> list[nn.Module]:
    torch.manual_seed(0)
    return [
        MLP(width=9, hidden=[8, 6], outputs=CLASSES, dropout=0.4).eval(),
        CNN(shape=(3, 3, 1), rest=0, hidden=[5], outputs=CLASSES, dropout=0.0).eval(),
    ]


@pytest.mark.parametrize("network", deep(), ids=["mlp", "cnn"])
def test_each_way_sees_the_layers_it_says(network: nn.Module) -> None:
    given, path = pairs(9), moments(network)
    name = last_linear(network, given.train[:2])
    assert name is not None
    last = {f"{name}.weight", f"{name}.bias"}
    assert last_layer_influence(network, path, given) == pytest.approx(
        by_autograd(network, path, given, last), abs=1e-4
    )
    assert all_layers_influence(network, path, given) == pytest.approx(by_autograd(network, path, given), abs=1e-4)


def test_a_row_pushes_itself_and_pushing_changes_no_weight() -> None:
    network = deep()[0]
    kept = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    given, path = pairs(9), moments(network)
    own = Pairs(
        train=given.train,
        train_target=given.train_target,
        train_weight=given.train_weight,
        pushed=given.train,
        pushed_target=given.train_target,
    )
    influence = last_layer_influence(network, path, own)
    assert influence is not None
    assert (np.diag(influence) > 0).all()
    assert all(torch.equal(tensor, kept[name]) for name, tensor in network.state_dict().items())


class Scaled(nn.Module):
    """A network whose own outputs are no linear layer's."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(4, CLASSES)

    def forward(self, block: Tensor) -> Tensor:
        """n × 4 → n × 3."""
        outputs: Tensor = self.line(block).tanh()
        return outputs


def test_a_network_that_does_not_end_in_a_linear_layer_says_so() -> None:
    network = Scaled()
    assert last_linear(network, torch.ones(2, 4)) is None
    assert last_layer_influence(network, moments(network), pairs(4)) is None
    assert all_layers_influence(network, moments(network), pairs(4)) is not None


def test_a_network_too_large_for_all_layers_says_so() -> None:
    network = nn.Linear(3_000, 1_000)
    assert all_layers_influence(network, moments(network), pairs(3_000)) is None
