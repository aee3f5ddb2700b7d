"""What a person sees while a replay works; a machine that reads standard output sees none of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from flows.training.fitting import Epoch


class Progress(Protocol):
    """Steps of known length, one at a time."""

    def begin(self, step: str, total: int) -> None:
        """The next step begins."""

    def advance(self, done: int) -> None:
        """So much more of the present step is done."""

    def epoch(self, epoch: Epoch) -> None:
        """A training went through an epoch."""

    def say(self, *lines: str) -> None:
        """Something a person should read."""


class Quiet:
    """Nobody is watching."""

    def begin(self, step: str, total: int) -> None:
        """Say nothing."""

    def advance(self, done: int) -> None:
        """Say nothing."""

    def epoch(self, epoch: Epoch) -> None:
        """Say nothing."""

    def say(self, *lines: str) -> None:
        """Say nothing."""


class Watched:
    """Progress bars on a terminal."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("starting", total=None)

    def begin(self, step: str, total: int) -> None:
        """A new bar; the last one stays, full."""
        task = self._bars.tasks[-1]
        self._bars.update(self._task, total=task.total or 1, completed=task.total or 1)
        self._task = self._bars.add_task(step, total=total)

    def advance(self, done: int) -> None:
        """Move the present bar."""
        self._bars.advance(self._task, done)

    def epoch(self, epoch: Epoch) -> None:
        """Move the bar of the first training; later ones happen within a step of another kind."""
        task = self._bars.tasks[-1]
        if task.description == "first champion":
            self._bars.update(self._task, total=epoch.of, completed=epoch.number)

    def say(self, *lines: str) -> None:
        """A line above the bars."""
        for line in lines:
            self._bars.console.print(line)


@contextmanager
def progress_for_person(console: Console) -> Iterator[Progress]:
    """Bars when the console is a terminal; otherwise only lines that are said."""
    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
        yield Watched(bars)
