"""What knowing the future would have given: the best moments to retrain, and whether warm or from scratch.

Dynamic programming over a bank of models: after each window one may keep the model that serves, or pay for the one
trained then from scratch, or for that of a chain of warm updates at every window, which is charged for its own update
alone. So it is a limit, not a policy: nobody knows beforehand which of two models the next window will suit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Matrix = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What a wrong decision and a CPU second cost, in one unit.

    `error_scale` is the loss that counts as one wrong decision: 1 for classes; of numbers, the mean absolute error
    that the first champion was accepted at.
    """

    wrong_decision: float
    cpu_second: float
    error_scale: float = 1.0

    def total(self, losses: np.ndarray, cpu_seconds: float) -> float:
        """Errors and compute together."""
        return float(losses.sum()) / self.error_scale * self.wrong_decision + cpu_seconds * self.cpu_second


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Models trained after each window but the last: `losses[t, b]` is the summed loss of the one trained after window
    `t` on window `b` (only b > t counts), `seconds[t]` what its training took."""

    how: str
    losses: Matrix  # windows × windows
    seconds: np.ndarray  # windows


@dataclass(frozen=True, kw_only=True)
class Foresight:
    """The best that could have been done: `choices` are (window after which, how) of each retraining."""

    total: float
    losses: float
    cpu_seconds: float
    choices: tuple[tuple[int, str], ...]


def look_ahead(first: np.ndarray, chains: Sequence[Chain], prices: Prices) -> Foresight:
    """The cheapest way through all windows; `first` holds the summed loss of the first champion on each.

    >>> scratch = Chain(how="scratch", losses=np.array([[0, 1, 1], [0, 0, 9]]), seconds=np.array([2.0, 2.0]))
    >>> found = look_ahead(np.array([1, 9, 9]), [scratch], Prices(wrong_decision=1.0, cpu_second=1.0))
    >>> found.total, found.choices
    (5.0, ((0, 'scratch'),))
    """
    windows, price = len(first), prices.wrong_decision / prices.error_scale
    rows = [(-1, "", first, 0.0)]
    rows += [(t, chain.how, chain.losses[t], chain.seconds[t]) for chain in chains for t in range(windows - 1)]
    born = np.array([row[0] for row in rows])
    errors = np.stack([np.asarray(row[2], dtype=np.float64) for row in rows]) * price  # models × windows
    fees = np.array([row[3] for row in rows]) * prices.cpu_second
    best = np.where(born == -1, errors[:, 0], np.inf)
    came_from: list[np.ndarray] = []
    for window in range(1, windows):
        cheapest = int(best.argmin())
        new = born == window - 1
        came = np.where(new, cheapest, np.arange(len(rows)))
        best = np.where(new, best[cheapest] + fees, best) + errors[:, window]
        came_from.append(came)
    place = int(best.argmin())
    total, path = float(best[place]), [place]
    for came in reversed(came_from):
        place = int(came[place])
        path.append(place)
    return _told(total, path[::-1], rows, errors, price)


def _told(
    total: float, path: Sequence[int], rows: Sequence[tuple[int, str, np.ndarray, float]], errors: Matrix, price: float
) -> Foresight:
    chosen = [place for window, place in enumerate(path) if window and place != path[window - 1]]
    losses = sum(float(errors[place, window]) for window, place in enumerate(path)) / price if price else 0.0
    return Foresight(
        total=total,
        losses=losses,
        cpu_seconds=sum(float(rows[place][3]) for place in chosen),
        choices=tuple((rows[place][0], rows[place][1]) for place in chosen),
    )
