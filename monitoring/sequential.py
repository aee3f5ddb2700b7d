"""A degradation alarm that may be looked at after every label.

The hypothesis: the mean loss is at most a limit (the accepted level and the tolerance). For a loss x in 0..1 the
bet `1 + bet * (x - limit)` has expectation at most 1 under it, so the product of bets is a test martingale and
may be watched at any time (Waudby-Smith and Ramdas 2024; Podkopaev and Ramdas 2022). Here the process starts
again whenever it has lost its stake: evidence = max(evidence, 1) * bet, the e-CUSUM of Shin, Ramdas and Rinaldo
2023. A long good history therefore never dulls it, and while the hypothesis holds, even with the loss exactly
at the limit, at least `labels_between_false_alarms` labels pass between alarms on average.

It knows nothing of labels, windows or champions: numbers in 0..1 in the order in which they became known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

_TARGET_SHIFT = 0.25
"""The bet is the best one against a loss this many standard deviations above the limit. Measured on accepted
errors of 2, 10 and 30 %, a mixture of several bets bought nothing and cost ln(number of bets)."""
_LIVES = 5.0
"""A restarted process has many lives: 1 / alpha is asked of it this many times over."""
_CLIP = 4.0
"""Absolute errors count up to this many accepted MAEs; cutting them off can only lower the evidence."""
_STRETCH = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Degradation:
    """The alarm after `labels` losses. `log_evidence` is natural; after an alarm it starts again at 0.

    `alarms` holds at which label (from 1) each alarm was raised.
    """

    limit: float
    bet: float
    log_threshold: float
    log_evidence: float = 0.0
    labels: int = 0
    alarms: tuple[int, ...] = ()

    @property
    def alarmed(self) -> bool:
        """Whether it was ever raised."""
        return bool(self.alarms)

    @property
    def labels_between_false_alarms(self) -> float:
        """Lower bound of the mean number of labels between false alarms."""
        return float(np.exp(self.log_threshold))


def watch_errors(*, accepted_error: float, tolerance: float, alpha: float) -> Degradation:
    """The alarm for a share of wrong answers above `accepted_error + tolerance` (0..1 each).

    A limit of 1 or more can never be exceeded, and never alarms.
    """
    return _start(limit=accepted_error + tolerance, alpha=alpha)


def watch_absolute_errors(*, tolerance: float, alpha: float) -> Degradation:
    """The alarm for an MAE above `accepted * (1 + tolerance)`; feed it `scaled_errors`."""
    return _start(limit=(1.0 + tolerance) / _CLIP, alpha=alpha)


def scaled_errors(errors: NDArray[np.float64], accepted_mae: float) -> NDArray[np.float64]:
    """Absolute errors as losses in 0..1: in units of four accepted MAEs, cut off at 1.

    An accepted MAE of 0 makes any error at all a loss of 1.

    >>> scaled_errors(np.array([0.0, 1.0, 2.0, 40.0]), 2.0).tolist()
    [0.0, 0.125, 0.25, 1.0]
    """
    if accepted_mae <= 0.0:
        return (errors > 0.0).astype(np.float64)
    return np.minimum(errors, _CLIP * accepted_mae) / (_CLIP * accepted_mae)


def _start(*, limit: float, alpha: float) -> Degradation:
    capped = min(limit, 1.0)
    spread = sqrt(capped * (1.0 - capped))
    bet = min(_TARGET_SHIFT / spread, 1.0 / capped) if spread > 0.0 else 0.0
    bet = min(bet, 0.99 / capped)  # a bet may not lose everything, or its logarithm is no number
    return Degradation(limit=capped, bet=bet if capped < 1.0 else 0.0, log_threshold=log(_LIVES / alpha))


def update(state: Degradation, loss: float) -> Degradation:
    """The alarm after one more loss in 0..1.

    >>> state = watch_errors(accepted_error=0.10, tolerance=0.03, alpha=0.01)
    >>> for _ in range(15):
    ...     state = update(state, 1.0)
    >>> state.alarms
    (13,)
    """
    return update_all(state, [loss])


def update_all(state: Degradation, losses: ArrayLike) -> Degradation:
    """The alarm after further losses in 0..1, in the order in which they became known; same as one by one.

    The recursion max(evidence, 1) * bet is a running sum less its running minimum (Lindley), so it needs no loop
    but over stretches that end with an alarm or after 4,096 labels.
    """
    steps = np.log1p(state.bet * (np.asarray(losses, dtype=np.float64) - state.limit))
    done = 0
    while done < len(steps):
        sums = np.cumsum(steps[done : done + _STRETCH])
        lowest = np.minimum.accumulate(np.concatenate(([-max(state.log_evidence, 0.0)], sums[:-1])))
        evidence = sums - lowest
        crossed = np.flatnonzero(evidence >= state.log_threshold)
        used = int(crossed[0]) + 1 if len(crossed) else len(sums)
        labels = state.labels + used
        if len(crossed):
            state = replace(state, log_evidence=0.0, labels=labels, alarms=(*state.alarms, labels))
        else:
            state = replace(state, log_evidence=float(evidence[-1]), labels=labels)
        done += used
    return state
