"""An observer sees every step and epoch, changes nothing, and goes on where a killed training left off."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from flows.training.observing import Epoch, Step, Unobserving, trainable
from tests.unit.flows.training.material import fit_small, small_spec


class Counting(Unobserving):
    """Keeps what a ledger would: the sum of each parameter's gradient norm, and the rows that were seen."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.steps: list[int] = []
        self.norms = torch.zeros(0)
        self.seen = torch.zeros(240, dtype=torch.int64)
        self.before: dict[str, Tensor] = {}

    def begins(self, network: nn.Module) -> None:
        self.events.append("begins")
        self.norms = torch.zeros(len(trainable(network)))
        self.before = {name: one.detach().clone() for name, one in trainable(network).items()}

    def on_step(self, network: nn.Module, step: Step) -> None:
        gradients = [one.grad for one in trainable(network).values()]
        assert all(gradient is not None for gradient in gradients)
        self.steps.append(step.number)
        self.norms += step.gradient_norms
        self.seen[step.rows] += 1

    def on_epoch(self, network: nn.Module, epoch: Epoch) -> None:
        assert not network.training
        self.events.append(f"epoch {epoch.number}")

    def ends(self, network: nn.Module, best_epoch: int) -> None:
        self.events.append(f"ends {best_epoch}")

    def state(self) -> Mapping[str, Tensor]:
        return {"norms": self.norms, "seen": self.seen}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        self.events.append("restored")
        self.norms, self.seen = state["norms"].clone(), state["seen"].clone()


def test_sees_every_step_and_every_row_of_every_epoch() -> None:
    watching = Counting()
    fitted = fit_small(spec=small_spec(epochs=3, patience=3), observer=watching)
    assert watching.events == ["begins", "epoch 1", "epoch 2", "epoch 3", f"ends {fitted.best_epoch}"]
    assert watching.steps == list(range(1, 25))  # 240 rows in batches of 32: 8 steps an epoch
    assert watching.seen.tolist() == [3] * 240
    assert bool((watching.norms > 0).all())


def test_gradient_norms_add_up_to_what_the_epoch_reports() -> None:
    class Total(Unobserving):
        def __init__(self) -> None:
            self.norms: list[float] = []

        def on_step(self, network: nn.Module, step: Step) -> None:
            self.norms.append(float(torch.linalg.vector_norm(step.gradient_norms)))

    watching = Total()
    fitted = fit_small(spec=small_spec(epochs=1), observer=watching)
    assert sum(watching.norms) / len(watching.norms) == pytest.approx(fitted.epochs[0].gradient_norm, rel=1e-5)


def test_being_watched_changes_no_weight() -> None:
    spec = small_spec(dropout=0.2)
    assert fit_small(spec=spec, observer=Counting()).bundle.sha256 == fit_small(spec=spec).bundle.sha256


def test_what_was_counted_survives_a_crash(tmp_path: Path) -> None:
    def crash(epoch: Epoch) -> None:
        if epoch.number == 2:
            raise KeyboardInterrupt

    spec, whole, again = small_spec(epochs=4, patience=4), Counting(), Counting()
    fit_small(spec=spec, observer=whole)
    with pytest.raises(KeyboardInterrupt):
        fit_small(spec=spec, observer=Counting(), on_epoch=crash, checkpoint=tmp_path)
    fit_small(spec=spec, observer=again, checkpoint=tmp_path)
    assert again.events[0] == "restored"
    assert again.seen.tolist() == whole.seen.tolist()
    assert torch.equal(again.norms, whole.norms)
