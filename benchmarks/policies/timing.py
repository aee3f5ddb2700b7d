"""How much compute each policy takes, timed fairly: models of all are trained again in turns, since a machine's load
changes from minute to minute, and on what is trained at the same time nobody is favoured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import process_time

import numpy as np

from flows.backtest.bank import Bank
from flows.backtest.comparing import FULL
from flows.backtest.played import Deed, Played

ROUNDS = 3
"""Fewest turns, however long they take: eight of them took five minutes on pictures, and told the same."""
PATIENCE_SECONDS = 20.0
"""CPU seconds that turns may take before no further one is begun."""


def shares_in_turns(bank: Bank, played: Mapping[str, Played], patience: float = PATIENCE_SECONDS) -> dict[str, float]:
    """CPU seconds of each policy over those of training from scratch after every window, deciding included.

    In each turn every policy trains one of its own models again, one policy after the other, the turns evenly over
    the stream. What a policy's trainings took when they were first made is corrected by how long those of its models
    that were trained again took now against then: trainings from scratch differ in their epochs, so that a few of
    them alone say little about all, and seconds of different hours say little about each other.
    """
    own = {name: [deed for deed in one.deeds if deed.key] for name, one in played.items()}
    then, now = dict.fromkeys(own, 0.0), dict.fromkeys(own, 0.0)
    turns, began = max((len(deeds) for deeds in own.values()), default=0), process_time()
    for done, place in enumerate(_spread(turns)):
        if done >= ROUNDS and process_time() - began > patience:
            break
        for name, deeds in own.items():
            deed = _at(deeds, place)
            if deed is not None:
                then[name] += deed.cpu_seconds
                now[name] += bank.time_again(deed.key)
    spent = {name: _corrected(played[name], now[name], then[name]) for name in own}
    return {name: seconds / spent[FULL] for name, seconds in spent.items()} if spent.get(FULL) else {}


def _corrected(one: Played, now: float, then: float) -> float:
    return one.training_seconds * (now / then if then else 1.0) + one.deciding_seconds


def _spread(turns: int) -> Sequence[float]:
    """Places from 0 to 1, coarse ones first, so that wherever one stops they are spread over the whole."""
    places = np.arange(turns)
    order = sorted(places.tolist(), key=lambda place: f"{place:032b}"[::-1])
    return [place / max(1, turns - 1) for place in order]


def _at(deeds: Sequence[Deed], place: float) -> Deed | None:
    return deeds[round(place * (len(deeds) - 1))] if deeds else None


def mean_of(values: Sequence[float | None]) -> float | None:
    """The mean, or None when one is unknown."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None
