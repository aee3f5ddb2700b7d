"""Streams of labels that are wrong or right by themselves, and a test's alarms on them. numpy alone, since a peer draws
the same ones in its own environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf
from statistics import median

import numpy as np
from numpy.typing import NDArray

BASE = 0.10
CHANGES = (0.15, 0.20, 0.30)
YOUNG, OLD = 1_000, 20_000
"""Good labels before the change: of a champion that has just begun, and of one that has long been good."""
MOST = {0.15: 4_000, 0.20: 2_000, 0.30: 1_000}
"""Labels after a change in which it has to be found."""
MORE_YOUNG = 4
"""So many times as many streams are drawn where the champion is young: their labels are few."""
Losses = NDArray[np.float64]
Test = Callable[[Losses], Sequence[int]]
"""Losses in; out come the numbers (from 0) of those at which it alarmed. It starts again after each alarm."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One test: alarms on the clean streams, and median delays by (good labels before, error after)."""

    alarms: int
    delays: Mapping[tuple[int, float], float]


def measure(test: Test, streams: int, seed: int) -> Row:
    """Clean streams of 20,000 labels, and streams that change."""
    rng = np.random.default_rng(seed)
    alarms = sum(len(test(wrong(rng, BASE, 20_000))) for _ in range(streams))
    delays = {}
    for good, error in product((YOUNG, OLD), CHANGES):
        times = streams * (MORE_YOUNG if good == YOUNG else 1)
        found = (delay(test, wrong(rng, BASE, good), wrong(rng, error, MOST[error])) for _ in range(times))
        delays[good, error] = median(found)
    return Row(alarms=alarms, delays=delays)


def wrong(rng: np.random.Generator, error: float, count: int) -> Losses:
    """1 where an answer is wrong."""
    return (rng.random(count) < error).astype(np.float64)


def delay(test: Test, before: Losses, after: Losses) -> float:
    """Labels from the change to the first alarm after it."""
    alarms = test(np.concatenate((before, after)))
    return next((float(number - len(before) + 1) for number in alarms if number >= len(before)), inf)
