"""The most telling of many mistakes: confident errors first, then the largest change, and not a hundred copies of one.

Pure arrays; it knows no model.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

KEPT_MISTAKES, KEPT_FLIPS = 100, 25
"""How many rows of a run are kept whole."""
SURE = 0.9
RULE = (
    f"at most {KEPT_MISTAKES} mistakes and {KEPT_FLIPS} flips are kept whole: of equal rows one, in turn from every "
    f"group of fate, true class and slice; in a group those first that were answered with at least {SURE:.0%} "
    "confidence, then by how much their loss changed"
)


def most_telling(
    *,
    sure: npt.NDArray[np.bool_],
    change: npt.NDArray[np.float64],
    groups: Sequence[Hashable],
    copies: Sequence[Hashable],
    most: int,
) -> list[int]:
    """Places of at most `most` of n rows, the most telling first.

    `sure` marks confident answers, `change` is that of the loss, `groups` names what to spread over, and rows with
    the same entry in `copies` are one row.

    >>> most_telling(sure=np.array([False, True, False]), change=np.array([3.0, 1.0, 2.0]), groups=["a", "a", "b"],
    ...              copies=[1, 2, 3], most=3)
    [1, 2, 0]
    """
    order = np.lexsort((np.arange(len(change)), -np.abs(change), ~sure))
    seen: set[Hashable] = set()
    queues: dict[Hashable, list[int]] = {}
    for place in order.tolist():
        if copies[place] not in seen:
            seen.add(copies[place])
            queues.setdefault(groups[place], []).append(place)
    return _in_turn(list(queues.values()), most)


def _in_turn(queues: list[list[int]], most: int) -> list[int]:
    """One of each queue after the other, until there are enough; the queues come in the order of their first."""
    taken: list[int] = []
    for turn in range(max(map(len, queues), default=0)):
        for queue in queues:
            if turn < len(queue) and len(taken) < most:
                taken.append(queue[turn])
    return taken
