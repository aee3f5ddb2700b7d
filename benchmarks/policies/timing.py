"""How much compute each policy takes, timed fairly: trainings of all in turns, since a machine's load changes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from flows.backtest.bank import Bank
from flows.backtest.comparing import FULL
from flows.backtest.played import Played

ROUNDS = 8


def shares_in_turns(bank: Bank, played: Mapping[str, Played], rounds: int = ROUNDS) -> dict[str, float | None]:
    """CPU seconds of each policy over those of training from scratch after every window, deciding included.

    In each round every policy trains one of its own models again, evenly drawn, one policy after the other; a policy's
    compute is the mean of its rounds × the number of its trainings, and the seconds that deciding took.
    """
    keys = {name: [deed.key for deed in one.deeds if deed.key] for name, one in played.items()}
    sums = dict.fromkeys(keys, 0.0)
    for turn in range(rounds):
        for name, own in keys.items():
            if own:
                sums[name] += bank.time_again(own[round(turn * (len(own) - 1) / max(1, rounds - 1))])
    spent = {name: sums[name] / rounds * len(own) + played[name].deciding_seconds for name, own in keys.items()}
    full = spent.get(FULL)
    return {name: seconds / full if full else None for name, seconds in spent.items()}


def mean_of(values: list[float | None]) -> float | None:
    """The mean, or None when one is unknown."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None
