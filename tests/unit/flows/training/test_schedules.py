"""The learning rate follows the schedule that the model file names, step by step."""

from __future__ import annotations

from itertools import pairwise

import pytest
from torch import nn

from flows.training.observing import Step, Unobserving
from flows.training.schedules import Schedule, plateau_share, rate_share
from tests.unit.flows.training.material import fit_small, small_spec


def shares(schedule: Schedule, warm_up: float = 0.0) -> list[float]:
    return [rate_share(schedule, step=step, steps=100, warm_up=warm_up) for step in range(100)]


def test_constant_is_constant() -> None:
    assert shares("constant") == [1.0] * 100


@pytest.mark.parametrize("schedule", ["constant", "cosine", "plateau", "one_cycle"])
def test_warm_up_rises_to_the_full_rate_and_no_schedule_exceeds_it(schedule: Schedule) -> None:
    found = shares(schedule, warm_up=0.2)
    assert all(a < b for a, b in pairwise(found[:21]))
    assert found[20] == pytest.approx(1.0)
    assert all(0.0 < share <= 1.0 for share in found)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_falling_schedules_fall_to_almost_nothing(schedule: Schedule) -> None:
    found = shares(schedule, warm_up=0.1)
    assert all(a > b for a, b in pairwise(found[10:]))
    assert found[-1] < 0.01


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([], 1.0),
        ([1.0, 0.9, 0.8, 0.7], 1.0),  # always better
        ([1.0, 1.1, 1.2], 1.0),  # two without improvement; three are waited for
        ([1.0, 1.1, 1.2, 1.3], 0.5),
        ([1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6], 0.25),
        ([1.0, 1.1, 1.2, 0.9, 1.0, 1.0], 1.0),  # an improvement starts the count anew
        ([1.0, *[2.0] * 100], 1 / 64),  # never below
    ],
)
def test_plateau_halves_the_rate_when_nothing_improves(losses: list[float], expected: float) -> None:
    assert plateau_share(losses, patience=6) == expected


def test_a_training_takes_the_scheduled_rate_at_every_step() -> None:
    class Rates(Unobserving):
        def __init__(self) -> None:
            self.seen: list[float] = []

        def on_step(self, network: nn.Module, step: Step) -> None:
            self.seen.append(step.learning_rate)

    watching = Rates()
    fit_small(spec=small_spec(epochs=2, learning_rate=0.01, schedule="cosine", warm_up=0.25), observer=watching)
    expected = [0.01 * rate_share("cosine", step=step, steps=16, warm_up=0.25) for step in range(16)]
    assert watching.seen == pytest.approx(expected)
