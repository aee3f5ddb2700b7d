"""Which of two answers the same rows worse, asked after every label without paying for it in false verdicts.

The hypothesis: on the next row the first side is, in the mean, no worse than the second. For differences of losses in
-1..1 the bet `1 + bet * difference` has expectation at most 1 under it, so that a product of bets is a test
supermartingale, and so is the mean of several (Waudby-Smith and Ramdas 2024; Howard et al. 2021). By Ville's
inequality it ever reaches 1 / alpha with probability at most alpha. For classes only rows count on which one side
alone is right: it is the sequential form of McNemar's test. With fixed bets the order of rows does not matter to the
product, so that the same rows give the same evidence.

It knows nothing of models, versions or windows.
"""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray
from scipy import stats

BETS_OF_CLASSES = (0.15, 0.35)
"""Best where of the rows that one side alone has right it has 57 % and 67 %."""
BETS_OF_NUMBERS = (0.15, 0.35, 0.65, 0.95)
"""Differences of numbers are small against the four accepted MAEs they are counted in, so that more may be bet."""
Differences = NDArray[np.float64]


def log_evidence(differences: Differences, *, classes: bool) -> Differences:
    """The natural logarithm of the evidence after each difference (first side's loss less the second's, -1..1).

    >>> [round(float(one), 3) for one in log_evidence(np.array([0.0, 1.0, 1.0, -1.0]), classes=True)]
    [0.0, 0.223, 0.453, 0.144]
    """
    bets = np.asarray(BETS_OF_CLASSES if classes else BETS_OF_NUMBERS)
    if len(differences) == 0:
        return np.zeros(0)
    gathered = np.cumsum(np.log1p(np.outer(differences, bets)), axis=0)
    found: Differences = np.logaddexp.reduce(gathered, axis=1) - np.log(len(bets))
    return found


def anytime_p_value(differences: Differences, *, classes: bool) -> float:
    """1 / the most evidence there ever was: a p-value that may be looked at after every row (Ramdas et al. 2023)."""
    most = float(log_evidence(differences, classes=classes).max(initial=0.0))
    return min(1.0, exp(-most))


def fixed_p_value(differences: Differences) -> float:
    """One-sided p-value of "the first side is no worse", for one look alone: sign test for classes, else Student's."""
    worse, better = int((differences > 0).sum()), int((differences < 0).sum())
    if worse + better == 0:
        return 1.0
    if np.isin(differences, (-1.0, 0.0, 1.0)).all():
        return float(stats.binom.sf(worse - 1, worse + better, 0.5))
    if np.ptp(differences) == 0.0:
        return 0.0 if differences[0] > 0.0 else 1.0
    return float(stats.ttest_1samp(differences, 0.0, alternative="greater").pvalue)
