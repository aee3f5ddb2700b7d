"""Were the estimates right? Each is held against what was measured when its labels came.

From windows alone: it makes no estimate and knows no rows. An estimator that misses is muted, and heard again when
it has held up for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from infra.domain.windows import Window
from monitoring.intervals import wilson

AUDITED = 20
"""The newest reconciled estimates speak for the estimator."""
MUTE_LEVEL = 0.05
"""Muted when this few estimators with the promised coverage would miss as often."""
MUTE_MISSES = 2
"""One miss may be chance."""
HEARD_AGAIN_AFTER = 8
"""Estimates in a row that held end a muting."""
LEAST_LABELLED = 0.5
"""Share of labels below which a measured value is no judge of an estimate."""
SAMPLING_SD, CALIBRATION_SD = "sampling_sd", "calibration_sd"
"""Where an estimate keeps the two parts of its uncertainty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciled:
    """One estimate and what came of it. `error` is measured less estimated, in the unit of the metric."""

    index: int
    error: float
    scale: float
    """What errors are compared in: 1 for accuracy, the estimate itself for MAE."""
    sampling_variance: float
    inside: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimateAudit:
    """What became of the newest estimates. With none reconciled the figures are None: unknown.

    `coverage` is the share whose measured value lay in the band, `low` and `high` bound it; `mean_error` is measured
    less estimated. `squared_excess` sums what their squared errors had beyond sampling (in accuracy points, or
    relative for MAE); the next band is made with it. `why` says in words why it is `muted`.
    """

    audited: int = 0
    coverage: float | None = None
    low: float | None = None
    high: float | None = None
    mean_error: float | None = None
    squared_excess: float = 0.0
    muted: bool = False
    why: str = ""


def reconcile(window: Window) -> Reconciled | None:
    """Hold a window's estimate against its measured value; None when one is missing, biased, or of too few labels.

    The band speaks of all rows. Where only some have labels, it is widened by what their sample may be off.
    """
    estimate, measured = window.estimate, window.performance
    if estimate is None or measured is None or measured.biased:
        return None
    if measured.labelled < LEAST_LABELLED * measured.rows:
        return None
    unlabelled = 1.0 - measured.labelled / measured.rows
    sampled = (measured.high - measured.low) / 2.0 * float(np.sqrt(unlabelled))
    error = measured.value - estimate.value
    reach = estimate.high - estimate.value if error > 0.0 else estimate.value - estimate.low
    return Reconciled(
        index=window.index,
        error=error,
        scale=1.0 if estimate.metric == "accuracy" else max(estimate.value, float(np.finfo(np.float64).tiny)),
        sampling_variance=estimate.others.get(SAMPLING_SD, 0.0) ** 2,
        inside=abs(error) <= float(np.hypot(reach, sampled)) + 1e-12,
    )


def audit_estimates(windows: Sequence[Window], *, alpha: float) -> EstimateAudit:
    """Audit the newest 20 reconciled estimates among `windows` (in any order), whose bands promise 1 - alpha.

    Muted when at least two missed, and so many that the promise is not believable (one-sided binomial test at .05);
    heard again once eight in a row have held.

    >>> audit_estimates([], alpha=0.01).coverage is None
    True
    """
    ordered = sorted(windows, key=lambda window: window.index)
    found = [one for window in ordered if (one := reconcile(window)) is not None][-AUDITED:]
    if not found:
        return EstimateAudit()
    inside = sum(one.inside for one in found)
    low, high = wilson(inside, len(found), MUTE_LEVEL)
    muted = _misses_too_often([one.inside for one in found], alpha)
    why = f"it missed in {len(found) - inside} of its last {len(found)} windows" if muted else ""
    return EstimateAudit(
        audited=len(found),
        coverage=inside / len(found),
        low=low,
        high=high,
        mean_error=float(np.mean([one.error for one in found])),
        squared_excess=float(sum((one.error**2 - one.sampling_variance) / one.scale**2 for one in found)),
        muted=muted,
        why=why,
    )


def _misses_too_often(inside: Sequence[bool], alpha: float) -> bool:
    misses = sum(not held for held in inside)
    if misses < MUTE_MISSES or all(inside[-HEARD_AGAIN_AFTER:]):
        return False
    return float(stats.binom.sf(misses - 1, len(inside), alpha)) < MUTE_LEVEL
