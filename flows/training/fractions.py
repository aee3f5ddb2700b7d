"""Which shares of the labels a learning curve trains on, how often and for how long, so that it stays within a budget.

The budget is counted in passes over rows, not in seconds, so that the same training gives the same curve. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from infra.domain.values import Answer

SHARES = (0.5, 0.25, 0.125)
"""What is trained besides the training itself, the most telling first."""
MOST_DRAWS = {0.5: 3, 0.25: 6, 0.125: 8}
RESERVED = {0.5: 0.40, 0.25: 0.16, 0.125: 0.0}
"""Share of the budget that a share leaves to those after it."""
USABLE = 0.8
"""Share of the training's passes that is planned with; the rest is for reading rows and scoring."""
VALIDATION_COST = 1 / 3
"""A row of validation is passed forward alone."""
LEAST_EPOCHS, LEAST_ROWS = 2, 20


@dataclass
class Purse:
    """Passes over rows that may be spent; `validation` rows are passed at each epoch, whatever the share."""

    rows: int
    validation: int
    epochs: int
    """Those of the training itself."""
    left: float = field(init=False)

    def __post_init__(self) -> None:
        self.left = USABLE * self.price(1.0, self.epochs)

    def price(self, share: float, epochs: int) -> float:
        """Passes of a training on this share."""
        return epochs * (share * self.rows + VALIDATION_COST * self.validation)

    def epochs_for(self, share: float, reserved: float = 0.0) -> int:
        """How many epochs on this share leave the reserve (a share of all that may be spent)."""
        reserve = reserved * USABLE * self.price(1.0, self.epochs)
        return int((self.left - reserve) / self.price(share, 1))

    def spend(self, share: float, epochs: int) -> None:
        self.left -= self.price(share, epochs)


def next_share(purse: Purse, taken: dict[float, list[int]]) -> float | None:
    """The share to draw once more: the one with the fewest rows so far that is affordable; None when none is.

    `taken` holds the epochs of each training so far. Another draw is affordable when it could last as long as the
    longest of its share.
    """
    for share in sorted(taken, key=lambda share: (len(taken[share]) * share, share)):
        done = taken[share]
        if done and len(done) < MOST_DRAWS[share] and purse.epochs_for(share) >= max(done):
            return share
    return None


def drawing_order(target: Sequence[Answer], task: str, seed: int | Sequence[int]) -> npt.NDArray[np.int64]:
    """All rows in a random order of which every beginning has each class in its proportion."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(target))
    if task != "classification":
        return order
    _, classes = np.unique(np.array([str(value) for value in target])[order], return_inverse=True)
    place = np.empty(len(order))
    for one in range(int(classes.max()) + 1):
        here = np.flatnonzero(classes == one)
        place[here] = (np.arange(len(here)) + rng.random()) / len(here)
    return order[np.argsort(place, kind="stable")]
