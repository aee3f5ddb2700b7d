"""One column of a window against the reference's: is it the same distribution, and if not, how far did it move?

Exact and cheap: it works on counts (`monitoring.tallies`). Every comparison gives an effect in 0..1 (comparable over
columns and sample sizes), a p-value and the score that Evidently gives by the same method. It knows no verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitoring.profiles import CategoryProfile, NumberProfile
from monitoring.tallies import CategoryTally, NumberTally

Method = Literal["ks", "chisquare", "missing_share", "domain_auc"]
MISSING = "(missing)"
_LEAST_EXPECTED = 5.0
_COUNTED_EXACTLY = 10_000
"""Up to so many rows SciPy, and so Evidently, counts the paths of the Kolmogorov-Smirnov test."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """What two samples differ by. `p_value` decides; `score` is the method's own figure, as Evidently gives it."""

    method: Method
    score: float
    effect: float
    p_value: float


def compare_numbers(before: NumberProfile, after: NumberTally, minimum_rows: int) -> Compared | str:
    """Compare two samples of numbers, or say in words why that cannot be done.

    The Kolmogorov-Smirnov distance of the values that are there, or the change in the share of missing ones where
    that is larger; both p-values are then doubled, since the worse of two looks is taken.
    """
    if min(before.rows, after.rows) < minimum_rows:
        return f"not enough data ({min(before.rows, after.rows)} of {minimum_rows} rows)"
    for side in (before, after):
        if side.unreadable:
            return f"{side.unreadable} of {side.rows} values are not numbers"
    table = np.array([[before.present, before.missing], [after.present, after.missing]], dtype=np.float64)
    gap = abs(before.missing / before.rows - after.missing / after.rows)
    looks = 2.0 if gap > 0.0 else 1.0
    enough = min(before.present, after.present) >= minimum_rows
    distance = after.distance() if enough else 0.0
    if gap > distance:
        p_value = min(1.0, looks * homogeneity_p_value(table))
        return Compared(method="missing_share", score=p_value, effect=gap, p_value=p_value)
    if not enough:
        return f"not enough data ({min(before.present, after.present)} of {minimum_rows} values)"
    p_value = ks_p_value(distance, before.present, after.present)
    return Compared(method="ks", score=p_value, effect=distance, p_value=min(1.0, looks * p_value))


def compare_categories(before: CategoryProfile, after: CategoryTally, minimum_rows: int) -> Compared | str:
    """Compare two samples of categories (missing is one of them), or say in words why that cannot be done.

    Total variation distance, and the chi-square test of homogeneity with rare categories taken together. Both
    samples are random in it; the goodness-of-fit test that gives the score, as in Evidently, takes the reference
    for the truth and doubles the statistic when the windows are equally large.
    """
    if min(before.rows, after.rows) < minimum_rows:
        return f"not enough data ({min(before.rows, after.rows)} of {minimum_rows} rows)"
    if before.missing == before.rows and after.missing == after.rows:
        return "no values in either window"
    names = sorted({*before.counts, *after.counts})
    present = np.array([[side.counts.get(name, 0) for name in names] for side in (before, after)], dtype=np.float64)
    counts = np.column_stack([present, [before.missing, after.missing]])  # 2 × (categories and missing)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return Compared(
        method="chisquare",
        score=goodness_of_fit(present),
        effect=float(np.abs(shares[0] - shares[1]).sum()) / 2.0,
        p_value=homogeneity_p_value(counts),
    )


def ks_p_value(distance: float, before: int, after: int) -> float:
    """Two-sided p-value of the two-sample Kolmogorov-Smirnov test, as `scipy.stats.ks_2samp`.

    The limiting distribution with a correction for n = before · after / (before + after). Above 10,000 rows, where
    SciPy sums the one-sample distribution of n rows, it is that of Vrbik (2018), "Small-sample corrections to
    Kolmogorov-Smirnov test statistic": within 0.0005 of the sum from n = 30 on, within 0.00001 from n = 5,000. Below,
    where SciPy counts lattice paths, it is that for continuity of Hodges (1958), "The significance probability of the
    Smirnov two-sample test": within 0.001 of the count from about 500 rows on, within 0.02 at 30.

    >>> round(ks_p_value(0.0525, 2_000, 500), 3)
    0.216
    """
    size = before * after / (before + after)
    if max(before, after) > _COUNTED_EXACTLY:
        root = sqrt(round(size))  # as SciPy rounds it
        scaled = root * distance
        return float(special.kolmogorov(max(0.0, scaled + 1.0 / (6.0 * root) + (scaled - 1.0) / (4.0 * root**2))))
    large, small = max(before, after), min(before, after)
    skew = (large + 2 * small) / (6.0 * sqrt(before * after * (before + after)))
    half_step = sqrt(size) / (2.0 * lcm(before, after))
    return float(special.kolmogorov(max(0.0, sqrt(size) * distance + skew - half_step)))


def goodness_of_fit(counts: Floats) -> float:
    """p-value of Pearson's goodness of fit of the second row to the shares of the first (2 × categories).

    >>> round(goodness_of_fit(np.array([[50.0, 50.0], [65.0, 35.0]])), 4)
    0.0027
    """
    totals = counts.sum(axis=1)
    if counts.shape[1] < 2 or not totals.all():
        return 1.0
    expected = counts[0] * totals[1] / totals[0]
    if (expected == 0.0).any():
        return 0.0  # what the reference never had
    return float(special.chdtrc(counts.shape[1] - 1, ((counts[1] - expected) ** 2 / expected).sum()))


def homogeneity_p_value(counts: Floats) -> float:
    """Chi-square test of homogeneity (Pearson 1900) of a 2 × categories table; 1.0 when only one category is left.

    Categories with fewer than five expected in the smaller sample are taken together.

    >>> round(homogeneity_p_value(np.array([[50.0, 50.0], [65.0, 35.0]])), 4)
    0.0319
    """
    smaller = counts.sum(axis=1).min() / counts.sum()
    rare = counts.sum(axis=0) * smaller < _LEAST_EXPECTED
    table = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)]) if rare.any() else counts
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 1.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return float(special.chdtrc(table.shape[1] - 1, statistic))
