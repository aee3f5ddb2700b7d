"""One column in two windows: is it the same distribution, and if not, how far did it move?

Exact and cheap, on numpy: it decides which columns are worth asking Evidently about. Every comparison gives an
effect in 0..1 (comparable over columns and sample sizes) and a p-value. It knows nothing of verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from infra.domain.values import class_name

Method = Literal["ks", "chisquare", "missing_share"]
MISSING = "(missing)"
_LEAST_EXPECTED = 5.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """`reference` and `current` hold the values as they were compared, for whoever explains the shift."""

    method: Method
    effect: float
    p_value: float
    reference: pd.Series
    current: pd.Series


def compare_numbers(reference: pd.Series, current: pd.Series, minimum_rows: int) -> Compared | str:
    """Compare two samples of numbers, or say in words why that cannot be done.

    The Kolmogorov-Smirnov distance of the values that are there, or the change in the share of missing ones where
    that is larger; both p-values are then doubled, since the worse of two looks is taken.
    """
    if min(len(reference), len(current)) < minimum_rows:
        return f"not enough data ({min(len(reference), len(current))} of {minimum_rows} rows)"
    before, after = _finite(reference), _finite(current)
    if isinstance(before, str) or isinstance(after, str):
        return before if isinstance(before, str) else str(after)
    gap, gap_p = _missing_change(len(reference), len(before), len(current), len(after))
    looks = 2.0 if gap > 0.0 else 1.0
    enough = min(len(before), len(after)) >= minimum_rows
    distance = _ks_distance(before, after) if enough else 0.0
    if gap > distance:
        states = (reference.isna(), current.isna())
        return Compared(
            method="missing_share",
            effect=gap,
            p_value=min(1.0, looks * gap_p),
            reference=states[0],
            current=states[1],
        )
    if not enough:
        return f"not enough data ({min(len(before), len(after))} of {minimum_rows} values)"
    return Compared(
        method="ks",
        effect=distance,
        p_value=min(1.0, looks * _ks_p_value(distance, len(before), len(after))),
        reference=pd.Series(before),
        current=pd.Series(after),
    )


def compare_categories(reference: pd.Series, current: pd.Series, minimum_rows: int) -> Compared | str:
    """Compare two samples of categories (missing is one of them), or say in words why that cannot be done.

    Total variation distance, and the chi-square test of homogeneity with rare categories taken together. Both
    samples are random in it; a goodness-of-fit test, as in Evidently, takes the reference for the truth and
    doubles the statistic when the windows are equally large.
    """
    if min(len(reference), len(current)) < minimum_rows:
        return f"not enough data ({min(len(reference), len(current))} of {minimum_rows} rows)"
    before, after = _names(reference), _names(current)
    if (before == MISSING).all() and (after == MISSING).all():
        return "no values in either window"
    codes, _ = pd.factorize(pd.concat([before, after], ignore_index=True))
    size = int(codes.max()) + 1
    counts = np.stack(
        [np.bincount(part, minlength=size) for part in (codes[: len(before)], codes[len(before) :])]
    ).astype(np.float64)  # 2 × categories
    shares = counts / counts.sum(axis=1, keepdims=True)
    return Compared(
        method="chisquare",
        effect=float(np.abs(shares[0] - shares[1]).sum()) / 2.0,
        p_value=homogeneity_p_value(counts),
        reference=before,
        current=after,
    )


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
    return float(stats.chi2.sf(statistic, table.shape[1] - 1))


def _finite(column: pd.Series) -> Floats | str:
    """The finite values as float64, or what is wrong with the column."""
    numbers: pd.Series = pd.to_numeric(column, errors="coerce")
    lost = int((numbers.isna() & column.notna()).sum())
    if lost:
        return f"{lost} of {len(column)} values are not numbers"
    values: Floats = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    finite: Floats = values[np.isfinite(values)]
    return finite


def _missing_change(before_rows: int, before: int, after_rows: int, after: int) -> tuple[float, float]:
    table = np.array([[before, before_rows - before], [after, after_rows - after]], dtype=np.float64)
    return abs(before / before_rows - after / after_rows), homogeneity_p_value(table)


def _ks_distance(before: Floats, after: Floats) -> float:
    before, after = np.sort(before), np.sort(after)
    both = np.concatenate((before, after))
    steps_before = np.searchsorted(before, both, side="right") / len(before)
    steps_after = np.searchsorted(after, both, side="right") / len(after)
    return float(np.abs(steps_before - steps_after).max())


def _ks_p_value(distance: float, before: int, after: int) -> float:
    """The asymptotic two-sided p-value, as `scipy.stats.ks_2samp(method="asymp")`."""
    return float(np.clip(stats.kstwo.sf(distance, round(before * after / (before + after))), 0.0, 1.0))


def _names(column: pd.Series) -> pd.Series:
    """Values as text, with a name for the missing."""
    found = column.astype(object)
    return found.map(class_name).where(found.notna(), MISSING).reset_index(drop=True)
