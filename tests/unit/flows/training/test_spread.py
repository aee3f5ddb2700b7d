"""Several processes that train together end where one does, and go on from their checkpoint when one is killed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor, distributed, nn

from flows.training.beginning import begin
from flows.training.blocks import encoded
from flows.training.fitting import Fitted
from flows.training.observing import Epoch, Step, Unobserving
from flows.training.plan import Rows
from flows.training.spread.engines import cores_here, start
from flows.training.spread.job import Job, Part, block_path, said, write_target
from flows.training.spread.running import gave_up, spread_folder
from flows.training.spread.worker import train_rank
from infra.domain.errors import TrainingFailed
from infra.model.bundle import ModelBundle
from tests.unit.flows.training.material import KINDS, fit_small, small_material, small_spec

LEARNER: dict[str, Any] = {"epochs": 4, "class_weights": "balanced", "schedule": "cosine"}
"""8 steps an epoch; the first state is kept after the first epoch."""
KILLED_AT = 20


class Killing(Unobserving):
    """Kills its process in the middle of the third epoch, unless the training goes on from a checkpoint there."""

    def __init__(self) -> None:
        self.lives = torch.ones((), dtype=torch.int64)

    def on_step(self, network: nn.Module, step: Step) -> None:
        if step.number == KILLED_AT and int(self.lives) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def state(self) -> Mapping[str, Tensor]:
        return {"lives": self.lives}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        self.lives = state["lives"] + 1


@pytest.fixture(autouse=True)
def cores_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))


def trained(processes: int, **changed: Any) -> Fitted:
    return fit_small(small_material(), small_spec(processes=processes, **LEARNER), **changed)


def weights_of(bundle: ModelBundle) -> torch.Tensor:
    return torch.cat([one.flatten() for one in bundle.network.state_dict().values()])


def test_two_processes_of_which_one_is_killed_end_in_the_weights_of_one_alone_to_rounding(tmp_path: Path) -> None:
    heard: list[Epoch] = []
    spent: list[float] = []
    killing = Killing()
    one = trained(1)
    two = trained(2, observer=killing, checkpoint=tmp_path, on_epoch=heard.append, on_spent=spent.append)
    assert int(killing.lives) == 3  # begun, gone on after the kill, and given back to the process that asked
    torch.testing.assert_close(weights_of(two.bundle), weights_of(one.bundle), rtol=1e-4, atol=1e-6)
    assert two.best_epoch == one.best_epoch
    assert [epoch.number for epoch in heard] == [1, 2, 3, 4]
    for here, there in zip(one.epochs, two.epochs, strict=True):
        assert there.train_loss == pytest.approx(here.train_loss, rel=1e-5)
        assert there.validation_loss == pytest.approx(here.validation_loss, rel=1e-5)
        assert there.gradient_norm == pytest.approx(here.gradient_norm, rel=1e-4)
    assert spent == sorted(spent)
    assert two.cpu_seconds > spent[0] > 0


def test_what_a_killed_training_has_left_beside_its_checkpoint_is_removed(tmp_path: Path) -> None:
    (tmp_path / "together-of-one-that-was-killed").mkdir()
    (tmp_path / "checkpoint.safetensors").touch()
    with spread_folder(small_spec(processes=2), tmp_path) as folder:
        assert {path.name for path in tmp_path.iterdir()} == {"checkpoint.safetensors", folder.name if folder else ""}


def test_more_processes_than_cores_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    with pytest.raises(TrainingFailed, match=r"learner\.processes is 2, but there is 1 core here: ask for 1 at most"):
        trained(2)


def test_ray_that_is_not_installed_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(TrainingFailed, match=r"Ray is not installed: run `pip install 'keepsharp\[ray\]'`"):
        fit_small(spec=small_spec(processes=2, engine="ray", **LEARNER))


def test_where_the_system_does_not_tell_which_cores_are_ours_those_of_the_machine_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores_here() == 6


GIVEN_UP = {
    0: "gave up before they began (status 1)",
    1: "gave up after they had begun 1 time (status 1)",
    4: "gave up after they had begun 4 times (status 1)",
}


@pytest.mark.parametrize("begun", GIVEN_UP)
def test_processes_that_gave_up_say_how_often_they_had_begun_and_what_to_do(begun: int) -> None:
    told = gave_up(2, begun, "status 1")
    assert GIVEN_UP[begun] in told
    assert "give it more memory, and train again" in told


class LittleRay(ModuleType):
    """As much of Ray as a training asks of it, with one core; a task that is made neither ends nor fails."""

    def __init__(self, joined: bool) -> None:
        super().__init__("ray")
        self.joined, self.cancelled, self.ended = joined, False, False

    def is_initialized(self) -> bool:
        return self.joined

    def init(self, **_: object) -> None:
        self.joined = True

    def shutdown(self) -> None:
        self.joined = False

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 1.0}

    def remote(self, **_: object) -> Callable[[object], SimpleNamespace]:
        return lambda _: SimpleNamespace(remote=lambda *_: self)

    def wait(self, _: object, timeout: float) -> tuple[list[object], list[object]]:
        return ([self], []) if self.ended else ([], [self])

    def cancel(self, _: object, *, force: bool) -> None:
        self.cancelled = force

    def get(self, _: object, timeout: float) -> None:
        if self.cancelled:
            raise RuntimeError("the task was cancelled")


@pytest.mark.parametrize("joined_before", [True, False])
@pytest.mark.parametrize("ended", [True, False])
def test_a_ray_cluster_that_was_joined_before_stays_joined_and_any_other_is_left(
    joined_before: bool, ended: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ray = LittleRay(joined_before)
    monkeypatch.setitem(sys.modules, "ray", ray)
    running = start("ray", tmp_path, 1, torch.device("cpu"))
    ray.ended = ended
    assert running.ended() is ended
    running.stop()
    assert ray.cancelled is not ended
    assert running.problem() == (None if ended else "the task was cancelled")
    assert ray.joined is joined_before


def test_more_processes_than_the_cluster_has_are_refused_and_it_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ray = LittleRay(joined=False)
    monkeypatch.setitem(sys.modules, "ray", ray)
    with pytest.raises(TrainingFailed, match="Ray's cluster has 1 CPUs: ask for 1 at most"):
        start("ray", tmp_path, 2, torch.device("cpu"))
    assert not ray.joined


def test_a_training_that_its_process_finds_hopeless_says_so_and_ends_well_lest_it_be_started_again(
    tmp_path: Path,
) -> None:
    material, spec = small_material(), small_spec(processes=2, learning_rate=1e9, clip_norm=None, epochs=3)
    job = Job(
        folder=tmp_path,
        spec=spec,
        beginning=begin(material.train, material.train_target, spec=spec, kinds=KINDS, start=None, allowed_modules=()),
        seed=0,
        checkpoint=tmp_path / "checkpoint",
        identity="",
        device="cpu",
        observer=None,
        allowed_modules=(),
    )
    job.write()
    parts: dict[Part, pd.DataFrame] = {"train": material.train, "validation": material.validation}
    for part, frame in parts.items():
        block, _ = encoded(job.beginning.schema, frame, tmp_path, block_path(tmp_path, part))
        write_target(tmp_path, part, Rows(block=block, target=torch.arange(len(frame)) % 2))
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        train_rank(tmp_path)
    finally:
        distributed.destroy_process_group()
    first, *_, last = said(tmp_path, 0)
    assert first["began"] == os.getpid()
    assert "lower learner.learning_rate" in last["failed"]
