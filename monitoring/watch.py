"""Probation after a promotion: does the new champion do worse than the old one would have, on the same rows?

It compares answers to the same labelled rows, so that an easy or a hard stretch of traffic favours nobody. It knows
nothing of bundles: the caller lets the old one answer again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from infra.domain.decisions import Reason
from infra.domain.predictions import Answered
from infra.domain.values import Answer
from infra.spec import ModelSpec
from monitoring.intervals import mean_interval
from monitoring.performance import losses_of

Outcome = Literal["keep", "rollback", "wait"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Probation:
    """keep · rollback · wait, and every reason with its figure."""

    outcome: Outcome
    reasons: tuple[Reason, ...]


def judge_probation(
    rows: Sequence[Answered], old_answers: Sequence[Answer], spec: ModelSpec, *, ended: bool
) -> Probation:
    """Roll back as soon as the new champion is significantly worse than the old one; keep it when probation ends.

    `rows` were answered by the new champion, `old_answers` are the old one's to the same rows, in their order;
    unlabelled rows count for nothing. `ended`: no further rows of this probation will be labelled. Classes are
    compared by the exact one-sided McNemar test (McNemar 1947) at alpha, numbers by the one-sided lower bound of
    the mean difference of absolute errors.

    Raises:
        ValueError: not as many old answers as rows.
    """
    pairs = [(row, old) for row, old in zip(rows, old_answers, strict=True) if row.label is not None]
    needed = spec.monitoring.minimum_rows
    if len(pairs) < needed:
        text = f"Only {len(pairs)} rows of the probation are labelled; {needed} are needed to compare."
        reason = Reason(rule="enough_labels", passed=False, figure=float(len(pairs)), limit=float(needed), text=text)
        return Probation(outcome="keep" if ended else "wait", reasons=(reason,))
    new = losses_of([row for row, _ in pairs], spec)
    old = losses_of([_as_answered(row, answer) for row, answer in pairs], spec)
    reason = _mcnemar(new, old, spec) if spec.task == "classification" else _mean_difference(new, old, spec)
    if not reason.passed:
        return Probation(outcome="rollback", reasons=(reason,))
    return Probation(outcome="keep" if ended else "wait", reasons=(reason,))


def _as_answered(row: Answered, answer: Answer) -> Answered:
    return replace(row, prediction=replace(row.prediction, value=answer))


def _mcnemar(new: np.ndarray, old: np.ndarray, spec: ModelSpec) -> Reason:
    lost, gained = int(((new > 0) & (old == 0)).sum()), int(((new == 0) & (old > 0)).sum())
    moved, alpha = lost + gained, spec.monitoring.alpha
    p_value = float(stats.binomtest(lost, moved, 0.5, alternative="greater").pvalue) if moved else 1.0
    worse = p_value <= alpha
    text = (
        f"On {len(new)} labelled rows the new champion is right on {1 - new.mean():.2%} and the old one would be on "
        f"{1 - old.mean():.2%}; it lost {lost} rows and gained {gained} (McNemar p = {p_value:.3g}, "
        f"{'worse' if worse else 'not significantly worse'} at {alpha:g})."
    )
    return Reason(rule="not_worse_than_before", passed=not worse, figure=p_value, limit=alpha, text=text)


def _mean_difference(new: np.ndarray, old: np.ndarray, spec: ModelSpec) -> Reason:
    difference = new - old
    low, _ = mean_interval(difference, 2 * spec.monitoring.alpha)  # one-sided at alpha
    text = (
        f"On {len(new)} labelled rows the new champion's MAE is {new.mean():.4g} and the old one's would be "
        f"{old.mean():.4g}; the difference is at least {low:.4g} with confidence {1 - spec.monitoring.alpha:g} "
        f"({'worse' if low > 0 else 'not significantly worse'})."
    )
    return Reason(rule="not_worse_than_before", passed=not low > 0.0, figure=low, limit=0.0, text=text)
