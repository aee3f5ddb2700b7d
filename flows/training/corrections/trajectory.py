"""The path of a training's weights: where it began, and a few moments on the way to the weights that were kept.

It watches a training (`flows.training.observing`) and bounds what it holds. It knows nothing of mistakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from flows.training.observing import Epoch, Unobserving

MOMENTS = 5
"""Weights that a path is told by, the start among them."""
HELD = 12
"""Weights held meanwhile, since it is not known which epoch will be the best."""
MOST_BYTES = 64_000_000
"""What the moments may take together; of a larger network the start alone is kept, or nothing."""

State = Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The weights after `epoch` epochs, on the CPU, and the sum of the learning rates of the epochs they stand for."""

    epoch: int
    weights: State
    rate: float


class Trajectory(Unobserving):
    """An `Observer` that holds at most a dozen moments, evenly spaced over the epochs.

    When they become too many every second is dropped, so that nothing has to be known of how long the training will be.
    """

    def __init__(self) -> None:
        self._kept: dict[int, State] = {}
        self._rates: list[float] = []
        self._every = 1
        self.best_epoch: int | None = None
        """The epoch whose weights were kept; None before the training ended."""

    def begins(self, network: nn.Module) -> None:
        self._keep(0, network)

    def on_epoch(self, network: nn.Module, epoch: Epoch) -> None:
        self._rates.append(epoch.learning_rate)
        if epoch.number % self._every:
            return
        self._keep(epoch.number, network)
        if len(self._kept) > HELD:
            self._every *= 2
            self._kept = {number: state for number, state in self._kept.items() if number % self._every == 0}

    def ends(self, _network: nn.Module, best_epoch: int) -> None:
        self.best_epoch = best_epoch

    def state(self) -> Mapping[str, Tensor]:
        kept = {f"{number}.{name}": tensor for number, state in self._kept.items() for name, tensor in state.items()}
        return kept | {"rates": torch.tensor(self._rates, dtype=torch.float64), "every": torch.tensor(self._every)}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        kept: dict[int, dict[str, Tensor]] = {}
        for key, tensor in state.items():
            number, _, name = key.partition(".")
            if name:
                kept.setdefault(int(number), {})[name] = tensor
        self._kept = dict(kept)
        self._rates = state["rates"].tolist() if "rates" in state else []
        self._every = int(state["every"]) if "every" in state else 1

    @property
    def start(self) -> State | None:
        """The weights before the first step; None for a network too large to keep."""
        return self._kept.get(0)

    def moments(self) -> tuple[Moment, ...]:
        """At most five on the way to the weights that were kept; none when no step led there, or nothing was held."""
        last = self.best_epoch or 0
        numbers = [number for number in sorted(self._kept) if number < last]
        numbers = numbers[:: -(-len(numbers) // MOMENTS) or 1]
        ends = [*numbers[1:], last]
        return tuple(
            Moment(epoch=number, weights=self._kept[number], rate=sum(self._rates[number:end]))
            for number, end in zip(numbers, ends, strict=False)
        )

    def _keep(self, number: int, network: nn.Module) -> None:
        state = network.state_dict()
        size = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
        if size * (HELD + 1 if number else 1) <= MOST_BYTES:
            self._kept[number] = {name: tensor.detach().cpu().clone() for name, tensor in state.items()}
