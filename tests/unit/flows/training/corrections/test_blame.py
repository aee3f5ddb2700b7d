from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from flows.training.corrections.blame import layers_blamed, squared_gradients, weight_changes
from infra.model.networks import CNN, MLP


def rows(count: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def networks() -> list[nn.Module]:
    torch.manual_seed(0)
    return [
        MLP(width=9, hidden=[8, 4], outputs=3, dropout=0.3).eval(),
        CNN(shape=(3, 3, 1), rest=0, hidden=[4], outputs=3, dropout=0.0).eval(),
    ]


@pytest.mark.parametrize("network", networks())
def test_shares_sum_to_one_over_all_layers_and_name_every_parameter(network: nn.Module) -> None:
    squared = squared_gradients(network, rows(50, 9), torch.arange(50) % 3)
    blamed = layers_blamed(network, squared, None)
    assert sum(one.gradient_share or 0.0 for one in blamed) == pytest.approx(1.0)
    assert sum(one.parameters for one in blamed) == sum(one.numel() for one in network.parameters())
    assert all(one.weight_change is None for one in blamed)


def test_a_linear_models_gradient_is_the_mean_outer_product_of_error_and_input() -> None:
    """Closed form of a softmax regression: ∇W = mean of (p − y) xᵀ, ∇b = mean of p − y."""
    torch.manual_seed(1)
    network, block, truth = nn.Linear(4, 3), rows(20, 4), torch.arange(20) % 3
    error = (network(torch.from_numpy(block)).softmax(dim=1) - nn.functional.one_hot(truth, 3)).detach().numpy()
    expected = np.square(error.T @ block / 20).sum() + np.square(error.mean(axis=0)).sum()
    assert squared_gradients(network, block, truth) == {"(network)": pytest.approx(expected, rel=1e-5)}


def test_a_far_off_number_pulls_no_harder_than_the_limit_of_its_loss() -> None:
    network = nn.Linear(1, 1)
    with torch.no_grad():
        network.weight.zero_()
        network.bias.zero_()
    squared = squared_gradients(network, np.ones((1, 1), dtype=np.float32), torch.tensor([100.0]))
    assert squared == {"(network)": pytest.approx(2.0)}  # 1 for the weight, 1 for the bias


def test_the_gradient_is_read_at_the_weights_given_and_changes_none() -> None:
    network = networks()[0]
    kept = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    zeros = {name: torch.zeros_like(tensor) for name, tensor in kept.items()}
    at_zero = squared_gradients(network, rows(30, 9), torch.zeros(30, dtype=torch.int64), zeros)
    assert at_zero["body.0"] == at_zero["body.3"] == 0.0
    assert at_zero["head"] > 0.0
    assert all(torch.equal(tensor, kept[name]) for name, tensor in network.state_dict().items())
    assert all(one.grad is None for one in network.parameters())


def test_without_mistakes_nobody_is_blamed() -> None:
    network = networks()[0]
    assert squared_gradients(network, rows(0, 9), torch.zeros(0, dtype=torch.int64)) == {}
    assert {one.gradient_share for one in layers_blamed(network, {}, None)} == {None}


def test_the_weight_change_is_relative_and_unknown_where_a_layer_grew_or_began_at_nothing() -> None:
    start = {"a.weight": torch.tensor([3.0, 4.0]), "b.weight": torch.zeros(2), "c.weight": torch.ones(2)}
    end = {
        "a.weight": torch.tensor([3.0, 4.5]),
        "b.weight": torch.ones(2),
        "c.weight": torch.ones(3),
        "c.bias": end_bias(),
    }
    assert weight_changes(start, end) == {"a": pytest.approx(0.1)}


def end_bias() -> torch.Tensor:
    return torch.ones(1)


def test_a_layer_that_only_the_model_before_had_is_listed_with_its_share() -> None:
    network = nn.Sequential(nn.Linear(2, 2))
    blamed = layers_blamed(network, {"0": 1.0, "old": 3.0}, dict(network.state_dict()))
    assert [(one.layer, one.gradient_share, one.weight_change) for one in blamed] == [
        ("0", 0.25, 0.0),
        ("old", 0.75, None),
    ]
