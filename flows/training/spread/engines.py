"""What starts the processes of a training and starts them again when one dies: torchrun on this machine, or Ray Train.

It knows nothing of what they do.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal, Protocol

import torch

from infra.domain.errors import TrainingFailed

RESTARTS = 3
"""Times that the processes are started again before the training is given up."""
_LOG = "log.txt"
_SHOWN = 600
_END_SECONDS = 30


class Running(Protocol):
    """Processes at work."""

    def ended(self) -> bool:
        """Whether all have ended."""

    def problem(self) -> str | None:
        """Why they ended without a result; None where they did not."""

    def cpu_seconds(self) -> float | None:
        """What all of them took, once they have ended and where the system counts it."""

    def stop(self) -> None:
        """End them, and wait for it."""


def start(engine: Literal["torchrun", "ray"], folder: Path, processes: int, device: torch.device) -> Running:
    """Start the processes of the job in this folder.

    Raises:
        TrainingFailed: so many cannot be had here, or Ray is not installed.
    """
    if engine == "ray":
        return _Ray(folder, processes, device)
    _require_here(processes, device)
    return _Torchrun(folder, processes)


def _require_here(processes: int, device: torch.device) -> None:
    here = torch.cuda.device_count() if device.type == "cuda" else cores_here()
    if processes > here:
        what = "GPU" if device.type == "cuda" else "core"
        raise TrainingFailed(
            f"learner.processes is {processes}, but there {'is' if here == 1 else 'are'} {here} {what}"
            f"{'' if here == 1 else 's'} here: ask for {here} at most, or take a larger machine or `engine: ray`"
        )


def cores_here() -> int:
    """Cores that this process may use; where the system does not tell (macOS), those of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Torchrun:
    """`torchrun --standalone`, as a child that ends with us."""

    def __init__(self, folder: Path, processes: int) -> None:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        command += [f"--max-restarts={RESTARTS}", "--monitor-interval=0.2", "-m", "flows.training.spread.worker"]
        self._log, self._before = folder / _LOG, _children_seconds()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, str(folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    def ended(self) -> bool:
        return self._process.poll() is not None

    def problem(self) -> str | None:
        if self._process.returncode == 0:
            return None
        last = self._log.read_text(encoding="utf-8", errors="replace").strip()[-_SHOWN:]
        return f"torchrun ended with status {self._process.returncode}, and its log with: {last}"

    def cpu_seconds(self) -> float | None:
        return _children_seconds() - self._before

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


class _Ray:
    """Ray Train, on the cluster that is there already, that RAY_ADDRESS names, or one of this machine's own.

    It is joined and left again here, unless whoever called had joined one. The training is a task of the cluster: with
    the task end its processes, and nothing else of the cluster.
    """

    def __init__(self, folder: Path, processes: int, device: torch.device) -> None:
        self._ray = _ray()
        self._error: Exception | None = None
        self._joined = not self._ray.is_initialized()
        if self._joined:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            self._ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False)
        try:
            kind = "GPU" if device.type == "cuda" else "CPU"
            _require_in_cluster(processes, kind, int(self._ray.cluster_resources().get(kind, 0)))
            task = self._ray.remote(num_cpus=0, max_retries=0)(train_in_ray)
            self._training = task.remote(str(folder), processes, kind == "GPU")
        except BaseException:
            self._leave()
            raise

    def ended(self) -> bool:
        return bool(self._ray.wait([self._training], timeout=0)[0])

    def problem(self) -> str | None:
        return None if self._error is None else str(self._error)[-_SHOWN:]

    def cpu_seconds(self) -> float | None:
        return None  # they are no children of ours

    def stop(self) -> None:
        try:
            if not self.ended():
                self._ray.cancel(self._training, force=True)
            self._ray.get(self._training, timeout=_END_SECONDS)
        except Exception as problem:  # noqa: BLE001  whatever it is, it is told by `problem`
            self._error = problem
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._joined:
            self._ray.shutdown()


def train_in_ray(folder: str, processes: int, on_gpu: bool) -> None:
    """Run the job in this folder by Ray Train, which this process of the cluster watches.

    Raises:
        ray.train.TrainingFailedError: its processes died again and again.
    """
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    from flows.training.spread.worker import SILENT, train_rank

    def train_loop(config: dict[str, Any]) -> None:
        train_rank(Path(config["folder"]))

    TorchTrainer(
        train_loop,
        train_loop_config={"folder": folder},
        torch_config=TorchConfig(backend="nccl" if on_gpu else "gloo", timeout_s=int(SILENT.total_seconds())),
        scaling_config=ScalingConfig(num_workers=processes, use_gpu=on_gpu),
        run_config=RunConfig(storage_path=f"{folder}/ray", failure_config=FailureConfig(max_failures=RESTARTS)),
    ).fit()


def _require_in_cluster(processes: int, kind: str, there: int) -> None:
    if processes > there:
        raise TrainingFailed(
            f"learner.processes is {processes}, but Ray's cluster has {there} {kind}s: ask for {there} at most, or "
            "add machines to it (RAY_ADDRESS names the cluster)"
        )


def _children_seconds() -> float:
    """CPU seconds of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise TrainingFailed(
            "learner.engine is `ray`, but Ray is not installed: run `pip install 'keepsharp[ray]'`, or use `torchrun`"
        ) from error
    return ray
