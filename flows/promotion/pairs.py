"""Two sides on the same rows: p-values, intervals and headline figures of paired losses. It knows no rule."""

from __future__ import annotations

import numpy as np
from scipy import stats

from flows.promotion.losses import Losses

RESAMPLES, RESAMPLES_OF_AN_INTERVAL = 9_999, 1_999
CLEARLY_NOT = 0.1
"""Above it no rule calls anything better or worse, whatever the bootstrap adds."""
_SEED = 20_240_229
_MOST_DRAWN = 4_000_000


def paired_p_value(worse: Losses, better: Losses) -> float:
    """One-sided p-value for "the mean loss of `better` is below that of `worse`" on the same rows.

    Zero-one losses: the exact McNemar test (McNemar 1947, in its binomial form). Others: the larger of the paired
    t-test's and the paired bootstrap's, since errors with heavy tails make the first too sure.

    >>> paired_p_value(np.array([1.0] * 8 + [0.0] * 2), np.array([0.0] * 8 + [0.0] * 2))
    0.00390625
    """
    difference = worse - better
    gains, losses = int((difference > 0).sum()), int((difference < 0).sum())
    if gains + losses == 0:
        return 1.0
    if is_zero_one(worse) and is_zero_one(better):
        return float(stats.binomtest(gains, gains + losses, 0.5, alternative="greater").pvalue)
    if np.ptp(difference) == 0:
        return 0.0 if difference[0] > 0 else 1.0
    student = float(stats.ttest_1samp(difference, 0.0, alternative="greater").pvalue)
    return student if student > CLEARLY_NOT else max(student, bootstrap_p_value(difference))


def bootstrap_p_value(difference: Losses, resamples: int = RESAMPLES) -> float:
    """One-sided p-value of "the mean is above 0" by resampled t-values (Efron and Tibshirani 1993, section 12.5).

    At least 1 / (resamples + 1): what was drawn can say no more.
    """
    mean, spread = float(difference.mean()), float(difference.std(ddof=1))
    found = mean / spread
    drawn = _resampled(difference, resamples)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = (drawn[0] - mean) / drawn[1]
    exceeding = int((~(statistics < found)).sum())  # a resample of one value alone is no evidence
    return (1 + exceeding) / (resamples + 1)


def bootstrap_interval(
    difference: Losses, level: float = 0.95, resamples: int = RESAMPLES_OF_AN_INTERVAL
) -> tuple[float, float]:
    """The percentile interval of the mean over resampled rows (Efron 1979), with a fixed seed.

    >>> low, high = bootstrap_interval(np.array([1.0] * 30 + [0.0] * 60 + [-1.0] * 10))
    >>> low < 0.2 < high
    True
    """
    means = _resampled(difference, resamples)[0]
    low, high = np.quantile(means, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)


def difference_interval(worse: Losses, better: Losses, level: float = 0.95) -> tuple[float, float, float]:
    """Mean of `worse - better` over paired rows, with its normal interval: (mean, low, high)."""
    difference = worse - better
    mean = float(difference.mean())
    half = float(stats.norm.ppf(0.5 + level / 2) * difference.std() / np.sqrt(len(difference)))
    return mean, mean - half, mean + half


def headline(losses: Losses, task: str) -> float:
    """Accuracy of zero-one losses, or the mean absolute error."""
    return float(1.0 - losses.mean()) if task == "classification" else float(losses.mean())


def named(task: str) -> str:
    """The headline metric's name."""
    return "accuracy" if task == "classification" else "mean absolute error"


def show(value: float, task: str) -> str:
    """The headline metric as a person reads it."""
    return f"{value:.1%}" if task == "classification" else f"{value:.4g}"


def show_gain(gain: float, low: float, high: float, task: str) -> str:
    """A gain with its interval, in points for classes."""
    if task == "classification":
        return f"{100 * gain:.1f} points ({100 * low:+.1f} to {100 * high:+.1f})"
    return f"{gain:.3g} ({low:+.3g} to {high:+.3g})"


def is_zero_one(losses: Losses) -> bool:
    """Whether every loss is 0 or 1."""
    return bool(np.isin(losses, (0.0, 1.0)).all())


def _resampled(difference: Losses, resamples: int) -> tuple[Losses, Losses]:
    """Mean and standard deviation of each resample; of few distinct values by their counts, which is the same."""
    rng, rows = np.random.default_rng(_SEED), len(difference)
    values, counts = np.unique(difference, return_counts=True)
    if len(values) <= 8:
        drawn = rng.multinomial(rows, counts / rows, size=resamples)
        means, squares = drawn @ values / rows, drawn @ values**2 / rows
    else:
        step = max(1, _MOST_DRAWN // rows)
        parts = [
            difference[rng.integers(rows, size=(min(step, resamples - at), rows))] for at in range(0, resamples, step)
        ]
        means = np.concatenate([part.mean(axis=1) for part in parts])
        squares = np.concatenate([(part**2).mean(axis=1) for part in parts])
    spreads = np.sqrt(np.clip(squares - means**2, 0.0, None) * rows / max(rows - 1, 1))
    return means, spreads
