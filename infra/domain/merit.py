"""The three figures of merit of one training, each beside the trap that would make it look better than it is.

Levels are of the headline metric: accuracy as a share, or the mean absolute error. `gain` is always better above 0.
Every interval is of 95 %, over all slices together where several are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A difference with its interval."""

    value: float
    low: float
    high: float

    @property
    def is_above_zero(self) -> bool:
        return self.low > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """What was gained over what served before (the simple model at first), on how many new labels in how many days."""

    over: str
    gain: Difference
    labels: int
    days: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """How much better the network does on rows it learnt from than on later ones.

    The simple model, which has little to memorise with, tells how much harder the later rows are: `excess` is the
    network's gap less its.
    """

    learnt_level: float
    held_out_level: float
    gap: Difference
    simple_gap: Difference
    excess: Difference

    @property
    def verdict(self) -> Literal["memorised", "harder_rows", "generalises"]:
        """Memorised: the gap is beyond chance, unless the simple model shows one as well and no smaller one."""
        if not self.gap.is_above_zero:
            return "generalises"
        harder = self.simple_gap.is_above_zero and not self.excess.is_above_zero
        return "harder_rows" if harder else "memorised"


@dataclass(frozen=True, kw_only=True, slots=True)
class SliceLevel:
    """One slice of the held-out rows, for the network and the simple model."""

    column: str
    value: str
    rows: int
    level: float
    low: float
    high: float
    simple_level: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Consistency:
    """The worst slice against the rest of the rows, `behind` by so much. `slices` come worst first.

    `spread` is how far the worst slice lies from the mean, `simple_spread` the same of the simple model's worst.
    """

    level: float
    simple_level: float
    slices: tuple[SliceLevel, ...]
    behind: Difference
    spread: float
    simple_spread: float
    simple_worst: float
    """Level of the simple model's worst slice."""
    worst_is_worse: bool
    """Whether the network's worst slice is worse than the simple model's worst."""

    @property
    def merely_simple(self) -> bool:
        """The simple model is more even, and yet not better where it is worst: even means merely simple."""
        return self.simple_spread < self.spread and not self.worst_is_worse


@dataclass(frozen=True, kw_only=True, slots=True)
class Improved:
    """Decisions on the held-out rows against what served before: those set right, and those lost."""

    over: str
    rows: int
    set_right: int
    lost: int
    net_share: Difference


@dataclass(frozen=True, kw_only=True, slots=True)
class Merit:
    """All three; None is what could not be measured."""

    speed: Speed
    memory: Memory
    consistency: Consistency | None
    improved: Improved
