"""A bar that moves with each epoch of a training, while a person is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from flows.training.fitting import Epoch


@contextmanager
def epoch_bar(console: Console, what: str) -> Iterator[Callable[[Epoch], None]]:
    """What to call with each epoch; nothing is drawn unless the console is a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("epochs"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[loss]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        task = bars.add_task(what, total=None, loss="")

        def advance(epoch: Epoch) -> None:
            bars.update(task, total=epoch.of, completed=epoch.number, loss=epoch_line(epoch))

        yield advance


def epoch_line(epoch: Epoch) -> str:
    """Loss, score, gradient norm, seconds left and cost of one epoch; what is not known is left out."""
    parts = [
        f"validation loss {epoch.validation_loss:.4f}, score {epoch.validation_score:.4g}",
        f"gradient {epoch.gradient_norm:.2g}",
    ]
    if epoch.seconds_left is not None:
        parts.append(f"at most {epoch.seconds_left:.0f} s left")
    if epoch.cost_so_far is not None:
        parts.append(f"cost {epoch.cost_so_far:.6f}")
    return ", ".join(parts)
