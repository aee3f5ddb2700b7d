"""How often an answer given with some confidence was right lately, learned from labelled rows.

A line on the log-odds scale (Platt 1999) fitted to the confidence of the answered class alone, which is all that an
estimate of accuracy needs with any number of classes (Gupta and Ramdas 2022, "Top-label calibration"). A prior holds
it to the stated confidence, so that few rows, or rows that were all right, move it little. It knows no windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]

PRIOR_SD = np.array([0.5, 0.25])
"""How far intercept and slope may be from 0 and 1: confidence was made honest when the model was trained."""
_PRIOR, _PRECISION = np.array([0.0, 1.0]), np.diag(PRIOR_SD**-2.0)
_CLOSEST = 1e-4
_STEPS = 25


@dataclass(frozen=True, kw_only=True)
class Recalibration:
    """`line` is (intercept, slope) on the log-odds scale, `covariance` 2 × 2 its uncertainty; `rows` it came from."""

    line: Floats
    covariance: Floats
    rows: int

    def chance_right(self, confidence: Floats) -> Floats:
        """The chance that each answer is right, n values."""
        chance: Floats = expit(_design(confidence) @ self.line)
        return chance

    def mean_error(self, confidence: Floats) -> float:
        """The standard error of the mean of `chance_right` that comes from the line's uncertainty (delta method)."""
        design, chance = _design(confidence), self.chance_right(confidence)
        slope = ((chance * (1.0 - chance))[:, None] * design).mean(axis=0)
        return float(np.sqrt(slope @ self.covariance @ slope))


def recalibrate(confidence: Floats, right: NDArray[np.bool_]) -> Recalibration:
    """Fit n confidences (0..1) to whether the answers were right; with no rows, confidence is taken at its word.

    >>> always = recalibrate(np.full(400, 0.9), np.arange(400) % 4 > 0)  # says 90 %, is right 75 times in 100
    >>> round(float(always.chance_right(np.array([0.9]))[0]), 2)
    0.75
    """
    design = _design(confidence)
    line = _PRIOR.copy()
    for _ in range(_STEPS):
        chance = expit(design @ line)
        gradient = design.T @ (right - chance) - _PRECISION @ (line - _PRIOR)
        step = np.linalg.solve(_hessian(design, chance), gradient)
        line = line + _shortened(design, right, line, step)
        if float(np.abs(step).max()) < 1e-8:
            break
    covariance = np.asarray(np.linalg.inv(_hessian(design, expit(design @ line))), dtype=np.float64)
    return Recalibration(line=line, covariance=covariance, rows=len(confidence))


def _shortened(design: Floats, right: NDArray[np.bool_], line: Floats, step: Floats) -> Floats:
    """Newton's step, halved until it does not lead uphill: from far away a full one may overshoot without end."""
    before = _misfit(design, right, line)
    for halvings in range(30):
        shorter: Floats = step / 2.0**halvings
        if _misfit(design, right, line + shorter) <= before:
            return shorter
    return np.zeros_like(step)


def _misfit(design: Floats, right: NDArray[np.bool_], line: Floats) -> float:
    """Log loss and the prior, in nats."""
    odds, away = design @ line, line - _PRIOR
    return float((np.logaddexp(0.0, odds) - right * odds).sum() + away @ _PRECISION @ away / 2.0)


def _hessian(design: Floats, chance: Floats) -> Floats:
    found: Floats = (design * (chance * (1.0 - chance))[:, None]).T @ design + _PRECISION
    return found


def _design(confidence: Floats) -> Floats:
    odds = logit(np.clip(confidence, _CLOSEST, 1.0 - _CLOSEST))
    return np.column_stack([np.ones(len(odds)), odds])  # n × 2
