from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from flows.training.corrections import trajectory as module
from flows.training.corrections.trajectory import HELD, MOMENTS, Trajectory
from flows.training.observing import Epoch, Unobserving
from tests.unit.flows.training.material import fit_small, small_spec


def epoch(number: int, rate: float = 0.5) -> Epoch:
    return Epoch(
        number=number,
        of=99,
        train_loss=1.0,
        validation_loss=1.0,
        validation_score=0.5,
        gradient_norm=1.0,
        seconds=0.1,
        learning_rate=rate,
    )


def walked(epochs: int, best: int) -> Trajectory:
    """A path on which the only weight is the number of the epoch."""
    network, path = nn.Linear(1, 1, bias=False), Trajectory()
    for number in range(epochs + 1):
        with torch.no_grad():
            network.weight.fill_(float(number))
        if number:
            path.on_epoch(network, epoch(number))
        else:
            path.begins(network)
    path.ends(network, best)
    return path


@pytest.mark.parametrize("epochs", [1, 4, 12, 13, 40, 200])
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_path_is_told_by_few_moments_that_stand_for_all_of_it(epochs: int, share: float) -> None:
    best = max(1, round(share * epochs))
    moments = walked(epochs, best).moments()
    assert 1 <= len(moments) <= MOMENTS
    assert [moment.epoch for moment in moments] == [float(moment.weights["weight"]) for moment in moments]
    assert moments[0].epoch == 0
    assert all(moment.epoch < best for moment in moments)
    assert sum(moment.rate for moment in moments) == pytest.approx(0.5 * best)


def test_no_more_is_held_than_was_promised() -> None:
    path = walked(500, 500)
    assert len({name.partition(".")[0] for name in path.state() if "." in name}) <= HELD


def test_a_start_that_nothing_improved_on_has_no_path() -> None:
    path = walked(5, 0)
    assert path.moments() == ()
    assert path.start is not None


def test_of_a_network_too_large_the_start_alone_is_kept_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 20)
    assert [moment.epoch for moment in walked(5, 5).moments()] == [0]
    monkeypatch.setattr(module, "MOST_BYTES", 3)
    assert walked(5, 5).start is None


class Killed(Exception):
    """The process died."""


class Dying(Trajectory):
    """A path whose training is killed after an epoch was made safe."""

    def on_epoch(self, network: nn.Module, epoch: Epoch) -> None:
        if epoch.number == 4:
            raise Killed
        super().on_epoch(network, epoch)


def test_a_resumed_training_has_the_path_of_an_unbroken_one(tmp_path: Path) -> None:
    settings = small_spec(epochs=6, patience=6)
    whole, second = Trajectory(), Trajectory()
    fit_small(spec=settings, observer=whole)
    with pytest.raises(Killed):
        fit_small(spec=settings, observer=Dying(), checkpoint=tmp_path)
    fit_small(spec=settings, observer=second, checkpoint=tmp_path)
    assert [(one.epoch, one.rate) for one in second.moments()] == [(one.epoch, one.rate) for one in whole.moments()]
    for one, other in zip(whole.moments(), second.moments(), strict=True):
        assert all(torch.equal(tensor, other.weights[name]) for name, tensor in one.weights.items())


def test_watching_changes_no_weight() -> None:
    assert fit_small(observer=Trajectory()).bundle.pack()[1] == fit_small(observer=Unobserving()).bundle.pack()[1]
