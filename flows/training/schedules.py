"""What share of the learning rate a step takes. Pure: the same step and losses give the same share.

Sources: cosine annealing, Loshchilov & Hutter 2017 (SGDR, without restarts); one cycle, Smith & Topin 2018
("Super-convergence"), in one phase up and one down. It knows nothing of optimisers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

Schedule = Literal["constant", "cosine", "plateau", "one_cycle"]

RISE = 0.3
"""Share of the steps in which `one_cycle` rises, where the model file sets no warm-up of its own."""
_LOWEST, _FIRST, _LAST = 1 / 64, 1 / 25, 1e-4


def rate_share(schedule: Schedule, *, step: int, steps: int, warm_up: float) -> float:
    """The share for `step` (from 0) of `steps`; `warm_up` is the share of the steps in which it rises linearly.

    What `plateau` takes away is decided between epochs: see `plateau_share`.

    >>> [round(rate_share("cosine", step=s, steps=100, warm_up=0.1), 2) for s in (0, 4, 10, 55, 99)]
    [0.1, 0.46, 1.0, 0.5, 0.0]
    >>> [round(rate_share("one_cycle", step=s, steps=100, warm_up=0.0), 2) for s in (0, 30, 65, 99)]
    [0.04, 1.0, 0.5, 0.0]
    """
    rising = round((warm_up or (RISE if schedule == "one_cycle" else 0.0)) * steps)
    if step < rising:
        lowest = _FIRST if schedule == "one_cycle" else 1 / rising
        return lowest + (1.0 - lowest) * step / rising if rising > 1 else 1.0
    if schedule in ("constant", "plateau"):
        return 1.0
    done = (step - rising) / max(1, steps - rising)
    lowest = _LAST if schedule == "one_cycle" else 0.0
    return lowest + (1.0 - lowest) * 0.5 * (1.0 + math.cos(math.pi * done))


def plateau_share(losses: Sequence[float], patience: int) -> float:
    """Halved each time half of `patience` epochs brought no better validation loss; never below 1/64.

    Args:
        losses: validation loss of each epoch so far.
        patience: epochs without improvement that stop the training.

    >>> plateau_share([1.0, 0.9, 0.95, 0.94, 0.93], patience=6)
    0.5
    """
    waits, best, idle, share = max(1, patience // 2), math.inf, 0, 1.0
    for loss in losses:
        idle = 0 if loss < best else idle + 1
        best = min(best, loss)
        if idle == waits:
            share, idle = share / 2, 0
    return max(share, _LOWEST)
