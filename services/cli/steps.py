"""A bar that moves with each step of a long work, while a person is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def step_bar(console: Console, what: str, steps: int) -> Iterator[Callable[[str], None]]:
    """What to call with the name of each step that is done; nothing is drawn unless the console is a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[done]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        task = bars.add_task(what, total=steps, done="")

        def advance(done: str) -> None:
            bars.update(task, advance=1, done=f"{done} done")

        yield advance
