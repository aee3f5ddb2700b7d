"""A training that went wrong ends in a verdict that says what was seen and what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from flows.training.guarding import is_constant, notes_on_classes, notes_on_numbers
from infra.domain.errors import TrainingFailed
from infra.domain.values import Answer
from tests.unit.flows.training.material import Material, fit_small, small_material, small_spec


class Dead(nn.Module):
    """Its ReLU never lets anything through; only the last bias can learn."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(width, 4), nn.Linear(4, outputs)
        nn.init.constant_(self.body.bias, -1e4)

    def forward(self, block: Tensor) -> Tensor:
        out: Tensor = self.head(self.body(block).relu())
        return out


class Cut(Dead):
    """No gradient reaches its weights."""

    def forward(self, block: Tensor) -> Tensor:
        return super().forward(block).detach() + 0.0 * sum(one.sum() for one in self.parameters())


def build_dead(*, width: int, outputs: int, config: object) -> nn.Module:
    return Dead(width, outputs)


def build_cut(*, width: int, outputs: int, config: object) -> nn.Module:
    return Cut(width, outputs)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("epochs", [1, 8])
def test_dead_network_is_a_verdict(task: str, epochs: int) -> None:
    spec = small_spec(task, network=f"{__name__}:build_dead", epochs=epochs)
    with pytest.raises(TrainingFailed, match="the network is dead: it gives the same answer to every validation row"):
        fit_small(spec=spec, allowed_modules=[__name__])


def test_network_that_no_gradient_reaches_is_a_verdict() -> None:
    with pytest.raises(TrainingFailed, match="epoch 1: the network is dead: no gradient reached any weight"):
        fit_small(spec=small_spec(network=f"{__name__}:build_cut"), allowed_modules=[__name__])


def test_equal_rows_may_have_equal_answers() -> None:
    material = small_material()
    alike = pd.concat([material.validation[:1]] * 80, ignore_index=True)
    assert (
        fit_small(Material(material.train, material.train_target, alike, material.validation_target)).notes is not None
    )


def test_noise_is_noted_as_no_better_than_chance_and_trained_all_the_same() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=400)})
    noise: list[Answer] = ["RARE" if value < 0.1 else "COMMON" for value in rng.random(400)]
    material = Material(frame[:300], noise[:300], frame[300:], noise[300:])
    fitted = fit_small(material, small_spec(class_weights="none"), kinds={"a": "numeric"})
    assert any("answers every one of 100 validation rows with 'COMMON'" in note for note in fitted.notes)
    assert any(note.startswith("no better than chance: right on") for note in fitted.notes)


def test_regression_worse_than_the_mean_is_noted() -> None:
    material = small_material("regression")
    reversed_later: list[Answer] = [200.0 - float(value) for value in material.validation_target]
    moved = Material(material.train, material.train_target, material.validation, reversed_later)
    fitted = fit_small(moved, small_spec("regression"))
    assert "no better than chance: the mean absolute error" in fitted.notes[0]


def test_a_good_training_has_no_notes() -> None:
    assert fit_small().notes == ()
    assert fit_small(small_material("regression"), small_spec("regression", epochs=30)).notes == ()


@pytest.mark.parametrize(
    ("outputs", "constant"),
    [
        ([[1.0, 2.0], [1.0, 2.0]], True),
        ([[1.0, 2.0], [1.0, 2.0 + 1e-7]], True),  # rounding
        ([[1.0, 2.0], [1.0, 2.001]], False),
        ([[1e6, 0.0], [1e6 + 0.5, 0.0]], True),  # rounding of large numbers
    ],
)
def test_outputs_count_as_constant_up_to_rounding(outputs: list[list[float]], constant: bool) -> None:
    assert is_constant(torch.tensor(outputs)) is constant


def test_notes_on_classes_say_which_class_and_how_often() -> None:
    outputs = torch.tensor([[2.0, 1.0]] * 10)
    target = torch.tensor([0] * 7 + [1] * 3)
    first, second = notes_on_classes(outputs, target, ["good", "bad"])
    assert first == "the network answers every one of 10 validation rows with 'good'"
    assert "right on 70.0% of the validation rows, always saying 'good' on 70.0%" in second
    assert notes_on_classes(outputs, torch.tensor([0] * 10), ["good", "bad"])[0].startswith("no better than chance")


def test_notes_on_numbers_compare_with_the_mean() -> None:
    target = torch.tensor([1.0, -1.0])
    assert notes_on_numbers(torch.tensor([0.1, 0.1]), target) == []
    assert "2 times that of" in notes_on_numbers(torch.tensor([2.0, -2.0]), target)[0]
