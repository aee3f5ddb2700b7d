"""CPU seconds of the same training, ours and the peers', in turns; medians, and ratios within a turn."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.environments import python_of
from benchmarks.serving.figures import Figure
from benchmarks.serving.system import ROOT
from benchmarks.training.surroundings import one_thread_environment
from infra.domain.errors import Unavailable

OURS, LOOP = "keepsharp", "loop"
HERE = (LOOP, "TensorDataset", "per-row Dataset", "scikit-learn")
"""What needs no environment of its own."""
APART = ("skorch", "lightning")
BEATEN = ("lightning", "skorch", "TensorDataset")
"""Peers that keepsharp has to be five times as fast as."""
TURNS, QUICK_TURNS = 7, 2
Turns = dict[str, list[float]]


class Trainer:
    """A process that trains when it is asked to; see `benchmarks.training.peers.turns`."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name, self._process = name, process

    def wait(self) -> None:
        """Until its imports are behind it. Raises Unavailable when they fail."""
        self._line()

    def train(self) -> float:
        """CPU seconds of one training."""
        assert self._process.stdin is not None
        self._process.stdin.write("train\n")
        self._process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Unavailable(f"{self.name} ended with status {self._process.wait()}; what it said is above")
        return line


def run(asked: Asked) -> Found:
    """keepsharp with everything on against the bare loop; the other peers where they were asked for."""
    names = [OURS, LOOP] if asked.quick else [OURS, *HERE]
    not_run: dict[str, str] = {}
    with ExitStack() as stack:
        trainers = [stack.enter_context(started(name, asked.peers)) for name in names]
        for name in () if asked.quick else APART:
            try:
                trainers.append(stack.enter_context(started(name, asked.peers)))
            except Unavailable as error:
                not_run[name] = str(error)
        turns = take_turns(trainers, QUICK_TURNS if asked.quick else TURNS)
    rows = [
        (name, f"{median(seconds):.3f}", f"{median(seconds) / median(turns[LOOP]):.2f}")
        for name, seconds in turns.items()
    ]
    table = table_of(("25,000 rows, 20 epochs, one thread", "CPU seconds", "over the loop"), rows)
    return Found(figures=tuple(figures_of(turns)), table=table, not_run=not_run)


def figures_of(turns: Turns) -> list[Figure]:
    """Each ratio is the median of those within a turn; None where a peer did not run."""
    over_loop = Figure(
        name="training with everything on over the bare in-memory loop, CPU seconds",
        value=ratio(turns, OURS, LOOP),
        unit="ratio",
        sign="<=",
        bound=1.3,
    )
    faster = [
        Figure(
            name=f"{peer} over training with everything on, CPU seconds",
            value=ratio(turns, peer, OURS),
            unit="ratio",
            sign=">=",
            bound=5.0,
        )
        for peer in BEATEN
    ]
    return [over_loop, *faster]


def ratio(turns: Turns, one: str, other: str) -> float | None:
    """Median over the turns of one's seconds over the other's.

    >>> ratio({"a": [2.0, 9.0, 4.0], "b": [1.0, 3.0, 2.0]}, "a", "b")
    2.0
    """
    pairs = list(zip(turns.get(one, ()), turns.get(other, ()), strict=False))
    return median(a / b for a, b in pairs) if pairs else None


def take_turns(trainers: Sequence[Trainer], count: int) -> Turns:
    """Each trains once a turn, in turn."""
    turns: Turns = {trainer.name: [] for trainer in trainers}
    for turn in range(count):
        say(f"  turn {turn + 1} of {count}")
        for trainer in trainers:
            turns[trainer.name].append(trainer.train())
    return turns


@contextmanager
def started(name: str, peers: Path) -> Iterator[Trainer]:
    """A trainer's process, ready. Raises Unavailable when its environment is not there."""
    python = str(python_of(name, peers)) if name in APART else sys.executable
    with tempfile.TemporaryDirectory() as folder:
        program = ["ours", folder] if name == OURS else ["peers.turns", name]
        process = subprocess.Popen(
            [python, "-m", f"benchmarks.training.{program[0]}", program[1]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=one_thread_environment(),
        )
        try:
            trainer = Trainer(name, process)
            say(f"  waiting for {name}")
            trainer.wait()
            yield trainer
        finally:
            process.kill()
            process.communicate()
