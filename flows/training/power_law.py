"""A power law through the points of a learning curve, fitted to many resampled curves at once.

error(n) = a + b · n^−c with a ≥ 0 and b ≥ 0, n in units of all labels. Four points say little about c, so it is drawn
towards ½, the usual rate (Viering & Loog 2023, "The shape of learning curves: a review"); a resampled curve is drawn
towards a rate that is resampled as well, so that what the points leave open stays open. Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

EXPONENTS: Array = np.geomspace(0.1, 2.0, 48)
USUAL_EXPONENT, EXPONENT_SPREAD = 0.5, 0.5
"""The usual exponent, and how far (in its logarithm) others stray from it."""


@dataclass(frozen=True, kw_only=True)
class Laws:
    """One law for each of R curves, each array of length R."""

    limit: Array
    gain: Array
    exponent: Array

    def error(self, share: float | Array) -> Array:
        """The error at these shares of all labels, (R,)."""
        errors: Array = self.limit + self.gain * share**-self.exponent
        return errors

    def share_for(self, error: Array) -> Array:
        """The share of all labels at which each law reaches an error, infinite where it never does."""
        room = error - self.limit
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            share: Array = np.where(room > 0, (self.gain / np.maximum(room, 1e-300)) ** (1 / self.exponent), np.inf)
        return np.where(error >= self.limit + self.gain, np.minimum(share, 1.0), share)


def usual_exponents(curves: int, rng: np.random.Generator) -> Array:
    """What each of so many resampled curves is drawn towards: (curves,), spread as usual exponents are."""
    drawn: Array = USUAL_EXPONENT * np.exp(EXPONENT_SPREAD * rng.normal(size=curves))
    return drawn


def fit_laws(shares: Array, errors: Array, precision: Array, towards: Array | None = None) -> Laws:
    """The laws nearest to the curves.

    Args:
        shares: (P,) shares of all labels, at least two different ones.
        errors: (R × P) the curves.
        precision: (P,) one over the variance of each point.
        towards: (R,) the exponent that each curve is drawn towards; ½ when omitted.

    >>> shares = np.array([0.125, 0.25, 0.5, 1.0])
    >>> laws = fit_laws(shares, (0.1 + 0.05 * shares**-0.5)[None, :], np.full(4, 1e6))
    >>> round(float(laws.limit[0]), 2), round(float(laws.gain[0]), 2), round(float(laws.exponent[0]), 1)
    (0.1, 0.05, 0.5)
    """
    found = [_at_exponent(shares**-exponent, errors, precision) for exponent in EXPONENTS]
    usual = np.full(len(errors), USUAL_EXPONENT) if towards is None else towards
    strayed = (np.log(EXPONENTS[:, None] / usual) / EXPONENT_SPREAD) ** 2  # C × R
    misfit = np.stack([misfit for _, _, misfit in found]) + strayed
    best, curves = misfit.argmin(axis=0), np.arange(len(errors))
    limits, gains = (np.stack([one[part] for one in found])[best, curves] for part in (0, 1))
    return Laws(limit=limits, gain=gains, exponent=EXPONENTS[best])


def _at_exponent(powers: Array, errors: Array, precision: Array) -> tuple[Array, Array, Array]:
    """(limit, gain, squared misfit), each (R,), of the least squares with both at least 0."""
    weights = precision / precision.sum()
    mean_power, mean_error = float(weights @ powers), errors @ weights
    spread = powers - mean_power
    gain = np.maximum((errors @ (weights * spread)) / float(weights @ spread**2), 0.0)
    limit = mean_error - gain * mean_power
    through_origin = np.maximum((errors @ (weights * powers)) / float(weights @ powers**2), 0.0)
    gain = np.where(limit < 0, through_origin, gain)
    limit = np.maximum(limit, 0.0)
    rest = errors - limit[:, None] - gain[:, None] * powers
    return limit, gain, rest**2 @ precision
