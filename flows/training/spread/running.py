"""One training by several processes, seen from the one that asked for it: started, heard, and its result taken up."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flows.training.epochs import Training
from flows.training.observing import Epoch, Observer
from flows.training.spread.engines import Running, start
from flows.training.spread.job import Job, read_result, said
from infra.domain.errors import TrainingFailed
from infra.spec import ModelSpec

_LOOK_SECONDS = 0.1
_SHARED = "together-"


class Spread:
    """A training in other processes; `cpu_seconds` is what they have spent so far."""

    def __init__(self, job: Job, training: Training, on_spent: Callable[[float], None]) -> None:
        self._job, self._training, self._on_spent = job, training, on_spent
        self._told = self._heard = self._begun = 0
        self._spent: dict[int, float] = {}
        self._done: dict[str, Any] | None = None

    @property
    def cpu_seconds(self) -> float:
        """Of all processes, those that were killed among them as far as they had told."""
        return sum(self._spent.values())

    def run(self, on_epoch: Callable[[Epoch], None] | None, observer: Observer | None) -> None:
        """Train; the best weights are left in the network.

        Raises:
            TrainingFailed: the training is hopeless, or its processes died again and again.
        """
        self._job.write()
        learner = self._job.spec.learner
        running = start(learner.engine, self._job.folder, learner.processes, self._training.device)
        try:
            while not running.ended():
                self._listen(on_epoch)
                time.sleep(_LOOK_SECONDS)
            self._listen(on_epoch)
        finally:
            running.stop()
            self._spent = {0: running.cpu_seconds() or self.cpu_seconds}
            self._on_spent(self.cpu_seconds)
        self._take_up(running, observer)

    def _listen(self, on_epoch: Callable[[Epoch], None] | None) -> None:
        for line in said(self._job.folder, self._heard):
            self._heard += 1
            if "failed" in line:
                raise TrainingFailed(line["failed"])
            self._begun += "began" in line
            self._done = line.get("done", self._done)
            if "epoch" not in line:
                continue
            self._spent[line["group"]] = line["cpu_seconds"]
            self._on_spent(self.cpu_seconds)
            epoch = Epoch(**line["epoch"])
            if epoch.number > self._told:  # after a restart some are said again
                self._told = epoch.number
                if on_epoch is not None:
                    on_epoch(epoch)

    def _take_up(self, running: Running, observer: Observer | None) -> None:
        if self._done is None:
            processes = self._job.spec.learner.processes
            raise TrainingFailed(gave_up(processes, self._begun, running.problem()))
        training = self._training
        training.best, watched = read_result(self._job.folder)
        training.history = [Epoch(**one) for one in self._done["history"]]
        training.best_epoch = self._done["best_epoch"]
        training.take_best()
        if observer is not None:
            observer.restore(watched)
            observer.ends(training.network, training.best_epoch)


def gave_up(processes: int, begun: int, problem: str | None) -> str:
    """What is said of processes that ended without a result after they had begun to train `begun` times."""
    when = f"after they had begun {begun} time{'' if begun == 1 else 's'}" if begun else "before they began"
    return (
        f"the {processes} processes of the training gave up {when} ({problem or 'they ended without a word'}): put "
        "right what is said there, or where a process was killed give it more memory, and train again; "
        "`learner.processes: 1` needs no other process"
    )


def run_together(
    job: Job,
    training: Training,
    on_epoch: Callable[[Epoch], None] | None,
    observer: Observer | None,
    on_spent: Callable[[float], None],
) -> float:
    """Train in other processes, which leaves the best weights in the network; the CPU seconds of those."""
    spread = Spread(job, training, on_spent)
    spread.run(on_epoch, observer)
    return spread.cpu_seconds


@contextmanager
def spread_folder(spec: ModelSpec, beside: Path | None) -> Iterator[Path | None]:
    """A folder for what several processes share, on the disk of the checkpoint; None where one process trains."""
    if spec.learner.processes == 1:
        yield None
        return
    if beside is not None:
        beside.mkdir(parents=True, exist_ok=True)
        for left in beside.glob(f"{_SHARED}*"):  # by a training that was killed: one at a time has this checkpoint
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=beside, prefix=_SHARED, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def observer_path(observer: Observer | None) -> str | None:
    """How the first process finds the class of what watches."""
    return None if observer is None else f"{type(observer).__module__}:{type(observer).__qualname__}"
