"""How fast a cost grows with the amount of work: the exponent of a power law, with its interval.

Pure. A fixed cost makes small amounts dear and the exponent small, so the step between the two largest amounts is
judged on its own as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from benchmarks.serving.figures import Figure

MOST = 1.1
"""Linear, and what two measurements of the same thing differ by."""
_ALPHA = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """A cost at each amount of work; amounts rise, and may occur more than once."""

    name: str
    work: str
    """What the amounts count."""
    unit: str
    amounts: Sequence[float]
    costs: Sequence[float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """The cost grows as amount ** `exponent`; `low` and `high` bound it with confidence 95 %."""

    exponent: float
    low: float
    high: float
    last_step: float
    """The exponent between the two largest amounts alone, from their least costs."""


def growth_of(curve: Curve) -> Growth:
    """Least squares on logarithms, of at least three amounts.

    >>> found = growth_of(Curve(name="", work="", unit="", amounts=[1, 10, 100], costs=[2.0, 20.0, 200.0]))
    >>> round(found.exponent, 6), round(found.last_step, 6)
    (1.0, 1.0)
    """
    across, up = np.log(np.array(curve.amounts)), np.log(np.array(curve.costs))
    fitted = stats.linregress(across, up)
    reach = float(stats.t.isf(_ALPHA / 2, len(across) - 2)) * float(fitted.stderr)
    slope = float(fitted.slope)
    return Growth(exponent=slope, low=slope - reach, high=slope + reach, last_step=_last_step(curve))


def _last_step(curve: Curve) -> float:
    before, last = sorted(set(curve.amounts))[-2:]
    least = {
        amount: min(cost for one, cost in zip(curve.amounts, curve.costs, strict=True) if one == amount)
        for amount in (before, last)
    }
    return float(np.log(least[last] / least[before]) / np.log(last / before))


def judged(curve: Curve) -> list[Figure]:
    """Both exponents beside their target."""
    found = growth_of(curve)
    name = f"{curve.name}: exponent over {curve.work}"
    interval = f" ({found.low:.2f} to {found.high:.2f})"
    return [
        Figure(name=name + interval, value=found.exponent, unit="exponent", sign="<=", bound=MOST),
        Figure(name=f"{name}, last step", value=found.last_step, unit="exponent", sign="<=", bound=MOST),
    ]


def rows_of(curve: Curve) -> list[tuple[str, ...]]:
    """A line of a table for each amount: name, amount, cost, cost of one."""
    return [
        (curve.name, f"{amount:,.0f} {curve.work}", f"{cost:.4g} {curve.unit}", f"{cost / amount:.3g} {curve.unit}")
        for amount, cost in zip(curve.amounts, curve.costs, strict=True)
    ]


TITLES = ("what", "work", "cost", "cost of one")
