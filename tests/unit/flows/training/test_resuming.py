"""A training that is cut short at any step goes on to the same weights, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from torch import nn

from flows.training.checkpoint import Cadence
from flows.training.observing import Step, Unobserving
from infra.spec import ModelSpec
from tests.unit.flows.training.material import fit_small, small_material, small_spec


class Power(Unobserving):
    """Fails before the weights of one step move."""

    def __init__(self, fails_at: int) -> None:
        self.fails_at = fails_at

    def on_step(self, network: nn.Module, step: Step) -> None:
        if step.number == self.fails_at:
            raise KeyboardInterrupt


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints after every step, as a slow training would make them after some."""
    monkeypatch.setattr(Cadence, "due", lambda self, *, between_epochs: True)


def interrupted(spec: ModelSpec, folder: Path, steps: list[int], **settings: Any) -> str:
    """Hash of the bundle of a training that was cut short before each of these steps."""
    for step in steps:
        with pytest.raises(KeyboardInterrupt):
            fit_small(spec=spec, observer=Power(step), checkpoint=folder, **settings)
    return fit_small(spec=spec, checkpoint=folder, **settings).bundle.sha256


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize(
    "learner",
    [
        pytest.param({"dropout": 0.3}, id="dropout draws from the global random state"),
        pytest.param({"schedule": "cosine", "warm_up": 0.2}, id="the rate goes by the step"),
        pytest.param({"schedule": "one_cycle"}, id="the rate rises and falls"),
        pytest.param({"schedule": "plateau", "patience": 8}, id="the rate goes by the losses so far"),
        pytest.param({"network": "residual_mlp", "hidden": [8, 8], "dropout": 0.1}, id="residual"),
        pytest.param({"clip_norm": None}, id="no clipping"),
    ],
)
def test_cut_short_within_epochs_it_ends_in_the_same_weights(tmp_path: Path, learner: dict[str, Any]) -> None:
    spec = small_spec(epochs=4, **learner)
    # 8 steps an epoch: at the first step, within an epoch, at its last step, at the next one's first, at the very last
    assert interrupted(spec, tmp_path, [1, 3, 8, 9, 21, 32]) == fit_small(spec=spec).bundle.sha256


@pytest.mark.usefixtures("every_step")
def test_regression_and_warm_start_resume_within_an_epoch(tmp_path: Path) -> None:
    material, spec = small_material("regression"), small_spec("regression", epochs=3)
    start = fit_small(small_material("regression", seed=3), spec).bundle
    whole = fit_small(material, spec, start=start).bundle.sha256
    assert interrupted(spec, tmp_path, [5, 17], material=material, start=start) == whole


@pytest.mark.usefixtures("every_step")
def test_resumes_where_it_was_and_not_at_the_epochs_beginning(tmp_path: Path) -> None:
    seen: list[int] = []

    class Noting(Unobserving):
        def on_step(self, network: nn.Module, step: Step) -> None:
            seen.append(step.number)

    spec = small_spec(epochs=2)
    with pytest.raises(KeyboardInterrupt):
        fit_small(spec=spec, observer=Power(6), checkpoint=tmp_path)
    fit_small(spec=spec, observer=Noting(), checkpoint=tmp_path)
    assert seen == list(range(6, 17))


def test_saving_never_takes_more_than_a_small_share_of_the_time() -> None:
    moments = iter([0.0, 0.0, 5.0, 6.0, 55.0, 56.5, 60.0])
    cadence = Cadence(clock=lambda: next(moments))
    assert cadence.due(between_epochs=True)  # at 0 s: what a save costs is not known yet
    with cadence.keeping():  # from 5 s to 6 s: a save costs one second
        pass
    assert not cadence.due(between_epochs=True)  # 49 s after it
    assert cadence.due(between_epochs=True)  # 50.5 s after it
    assert cadence.due(between_epochs=False)


def test_within_an_epoch_a_checkpoint_waits_for_ten_seconds() -> None:
    moments = iter([0.0, 9.9, 9.9, 10.1])
    cadence = Cadence(clock=lambda: next(moments))
    assert not cadence.due(between_epochs=False)
    assert cadence.due(between_epochs=True)
    assert cadence.due(between_epochs=False)
