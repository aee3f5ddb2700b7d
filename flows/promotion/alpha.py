"""How much chance of a false promotion a candidate may use up, after those that were judged before it.

A confidence of 99 % is a promise about a model, not about one test: with a fresh 1 % for each of 200 candidates that
are no better, two are promoted by luck. So the 1 % is spent: the k-th candidate since the last promotion is tested
at 6 / (π² k²) of it, which together never exceeds it (the spending of Foster and Stine 2008 between rewards; a
promotion is the reward and begins a new series, and so does an alarm about accuracy, whose own false alarms are
counted elsewhere). As a series alone would end in never promoting anybody, rows that no candidate was judged on
before earn a floor (forgetting the past: Ramdas, Yang, Wainwright and Jordan 2017): a quarter of the 1 % while all is
well, half of it while an accuracy alarm stands. Rows that were used before earn nothing: a holdout has a shelf life.

Pure: it is given the uses that were recorded, and records none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import pi

from infra.domain.holdouts import HoldoutUse

FLOOR, FLOOR_IN_ALARM = 0.25, 0.5
LEAST_FRESH = 0.5
"""Share of fresh rows that it takes for an alarm to begin a new series."""
SHADOW_SHARE = 0.2
"""What is left for the sequential test of a candidate that was not shown to be better at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Allotment:
    """`alpha` for the test at the gate, `later` for the sequential one after it.

    The candidate is the `attempt`-th of its series; `fresh` is the share of its rows that nobody was judged on before.
    """

    alpha: float
    later: float
    attempt: int
    fresh: float

    @property
    def text(self) -> str:
        """How it came about, in a few words."""
        used = "" if self.fresh >= 1.0 else f", {1.0 - self.fresh:.0%} of whose rows were used before"
        return f"candidate {self.attempt} since the last promotion or alarm{used}"


def allot(
    confidence: float,
    uses: Sequence[HoldoutUse],
    seqs: Sequence[int],
    *,
    alarm_since: datetime | None = None,
    second_chance: bool = False,
    in_shadow: bool = False,
) -> Allotment:
    """What a candidate that is to be judged on the rows at `seqs` may use up.

    `uses` are all those of the model, in any order; `alarm_since` is when the standing alarm about accuracy was opened.
    With a `second_chance` part of it is kept for the labels that come later; `in_shadow` all of it.

    >>> from datetime import UTC, datetime
    >>> round(allot(0.99, [], range(500)).alpha, 5)
    0.00608
    """
    windows = [use for use in uses if use.kind == "window" and use.alpha is not None]
    fresh = fresh_share(windows, seqs)
    began = max((use.at for use in uses if use.outcome == "promote"), default=None)
    if alarm_since is not None and fresh >= LEAST_FRESH and (began is None or alarm_since > began):
        series = [use for use in windows if use.at >= alarm_since]
    else:
        series = [use for use in windows if began is None or (use.at > began and use.outcome != "promote")]
    attempt = len(series) + 1
    floor = (FLOOR_IN_ALARM if alarm_since is not None else FLOOR) * fresh
    total = (1.0 - confidence) * max(6.0 / (pi * attempt) ** 2, floor)
    later = total if in_shadow else SHADOW_SHARE * total if second_chance else 0.0
    return Allotment(alpha=total - later, later=later, attempt=attempt, fresh=fresh)


def fresh_share(uses: Sequence[HoldoutUse], seqs: Sequence[int]) -> float:
    """Share of the rows that lie in no range a candidate was judged on before; 1 for no rows."""
    ranges = [(use.first_seq, use.last_seq) for use in uses]
    new = sum(not any(first <= seq <= last for first, last in ranges) for seq in seqs)
    return new / len(seqs) if seqs else 1.0
