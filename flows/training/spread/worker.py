"""One of the processes of a training: `python -m flows.training.spread.worker FOLDER`, started by torchrun.

Under Ray Train `train_rank` is called, with the process group already there. When a process of the group dies all are
started again, and go on from the last state that was kept.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import cast

import torch
from torch import distributed
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from flows.training.epochs import Training
from flows.training.observing import Epoch, Observer
from flows.training.planning import alone, plan_of
from flows.training.spread.job import (
    Job,
    epoch_said,
    read_rows,
    say,
    unused_parameters,
    write_result,
)
from flows.training.spread.together import Together
from infra.domain.errors import TrainingFailed

SILENT = timedelta(minutes=5)
"""How long a process waits for word of another before all are started again."""
_FEW = 4


def train_rank(folder: Path) -> None:
    """Train as one of the group; the first says each epoch, and what came of it."""
    job = Job.read(folder)
    rank = distributed.get_rank()
    if rank == 0:
        say(folder, began=os.getpid())
    device = torch.device(job.device, torch.cuda.current_device()) if job.device == "cuda" else torch.device("cpu")
    train, validation = (read_rows(folder, part, device) for part in ("train", "validation"))
    network = job.beginning.network.to(device)
    with alone(device, job.seed + rank):
        crew = Together(device, unused_parameters(network, train.block[:_FEW].to(device)))
        observer = _observer(job.observer) if rank == 0 else None
        plan = plan_of(job.spec, job.beginning, train, job.seed, device)
        training = Training(network, plan, train, validation, observer, crew)

        def on_epoch(epoch: Epoch) -> None:
            spent = float(crew.sum(torch.tensor(time.process_time(), dtype=torch.float64)))
            if rank == 0:
                say(folder, epoch=epoch_said(epoch), cpu_seconds=spent, group=os.getpid())

        try:
            training.run(on_epoch, job.checkpoint, job.identity)
        except TrainingFailed as problem:  # seen alike by all: to start again would end alike
            if rank == 0:
                say(folder, failed=str(problem))
            return
    if rank == 0:
        write_result(folder, training.best, observer)
        history = [epoch_said(epoch) for epoch in training.history]
        say(folder, done={"history": history, "best_epoch": training.best_epoch})


def _observer(path: str | None) -> Observer | None:
    if path is None:
        return None
    module, _, name = path.partition(":")
    return cast(Observer, getattr(import_module(module), name)())


def _end_with_the_one_who_asked(starter: int) -> None:
    """Standard input is held open by whoever asked for the training, for as long as they live.

    `starter` is torchrun, which would start the processes again.
    """
    os.read(0, 1)  # not through `sys.stdin`, whose lock this thread would hold when the interpreter ends
    if os.getppid() == starter:
        os.kill(starter, signal.SIGTERM)
    os._exit(1)


def _join(backend: str) -> None:
    """Join the group, in a part of torchrun's store that belongs to this start alone.

    The store outlives the processes, and whoever is started again would find the addresses of those that died.
    """
    store, rank, size = next(iter(rendezvous("env://", timeout=SILENT)))
    own = PrefixStore(f"start/{os.environ['TORCHELASTIC_RESTART_COUNT']}", store)
    distributed.init_process_group(backend, store=own, rank=rank, world_size=size, timeout=SILENT)


def main() -> None:
    """Join the group that torchrun describes, and train."""
    threading.Thread(target=_end_with_the_one_who_asked, args=(os.getppid(),), daemon=True).start()
    folder = Path(sys.argv[1])
    on_gpu = Job.read(folder).device == "cuda"
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    _join("nccl" if on_gpu else "gloo")
    try:
        train_rank(folder)
        distributed.barrier()
    finally:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
