"""How a policy fared on a stream: every loss, every deed, every second. It knows nothing of how it came about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What was done after a window, and what it cost."""

    batch: int
    how: str
    reason: str
    cpu_seconds: float
    promoted: bool
    key: str = ""
    """The model that was trained, in the bank; nothing for one that was brought back."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """How a policy fared: the loss of every answered row, what it did, and the CPU seconds it took."""

    policy: str
    losses: np.ndarray
    deeds: tuple[Deed, ...]
    deciding_seconds: float

    @property
    def training_seconds(self) -> float:
        return sum(deed.cpu_seconds for deed in self.deeds)

    @property
    def cpu_seconds(self) -> float:
        """Training and deciding."""
        return self.training_seconds + self.deciding_seconds

    @property
    def trainings(self) -> int:
        return sum(deed.cpu_seconds > 0.0 for deed in self.deeds)
