"""The processes that train one network together, as the training sees them: one alone, unless `flows.training.spread`
puts several in its place. What is the same on all of them is said by the first.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn


class Crew:
    """One process alone."""

    rank, size = 0, 1
    look_every = 1
    """Steps between two questions whether state is to be kept within an epoch."""

    def part(self, first: int, last: int) -> tuple[int, int]:
        """This process's own of the places from `first` to `last`: consecutive, and of nearly equal number on each."""
        rows = last - first
        return first + rows * self.rank // self.size, first + rows * (self.rank + 1) // self.size

    def wrapped(self, network: nn.Module) -> nn.Module:
        """The network whose backward pass leaves the mean of all processes' gradients on each."""
        return network

    def sum(self, value: Tensor) -> Tensor:
        """The sum over all processes."""
        return value

    def first(self, value: Tensor) -> Tensor:
        """The first process's value."""
        return value

    def gathered(self, value: Tensor) -> list[Tensor]:
        """Every process's value, all of one shape, on the CPU."""
        return [value.cpu()]

    def joined(self, own: Tensor, rows: int) -> Tensor:  # noqa: ARG002 - one process has them all
        """All `rows` rows, of which each process has its own `part`."""
        return own

    def agreed(self, own: bool) -> bool:
        """What the first process says."""
        return own

    def due(self, step: int, decide: Callable[[], bool]) -> bool:
        """Whether all keep their state after this step: the first decides; between its looks nobody does."""
        return step % self.look_every == 0 and self.agreed(decide())
