"""The old inspection station: fixed thresholds on brightness and edge energy, set once and left alone.

It knows nothing of networks; it stands for what a trained one has to beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra.domain.errors import DataError

_ZONE_SHARE = 0.7
"""Radius of the inspected zone, as a share of half the picture: the rim is left out."""
_STRONGEST_SHARE = 0.04
"""Share of the zone's pixels that count as its strongest edges."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FixedRule:
    """A part is a defect when its darkest patch, brightest patch or edge energy leaves the limits (grey levels)."""

    darkest_at_least: float
    brightest_at_most: float
    edge_energy_at_most: float

    def judge(self, pictures: NDArray[np.uint8]) -> list[str]:
        """`defect` or `good` for each of `pictures` (n × height × width)."""
        darkest, brightest, edges = measure(pictures).T
        broken = (
            (darkest < self.darkest_at_least)
            | (brightest > self.brightest_at_most)
            | (edges > self.edge_energy_at_most)
        )
        return ["defect" if part else "good" for part in broken]


@dataclass(frozen=True, kw_only=True, slots=True)
class Catch:
    """How well defects were caught. A rate of nothing is None, never 0."""

    caught: int
    defects: int
    false_alarms: int
    good: int

    @property
    def catch_rate(self) -> float | None:
        """Share of defects that were called defects."""
        return self.caught / self.defects if self.defects else None

    @property
    def false_alarm_rate(self) -> float | None:
        """Share of good parts that were called defects."""
        return self.false_alarms / self.good if self.good else None


def fit_rule(pictures: NDArray[np.uint8], defect: Sequence[str], false_alarms: float = 0.05) -> FixedRule:
    """Set the limits as tight as they go with at most `false_alarms` (a share) of the good parts outside.

    `pictures` is n × height × width; `defect` says `defect` or `good` of each. One quantile serves all three
    limits.

    Raises:
        DataError: there are too few good parts to place a limit.
    """
    good = measure(pictures)[np.asarray(defect) == "good"]
    if len(good) * false_alarms < 1:
        raise DataError(
            f"{len(good)} good parts cannot place limits with {false_alarms:.1%} false alarms: "
            f"give at least {int(np.ceil(1 / false_alarms)) if false_alarms > 0 else 'one, and a share above 0'}"
        )
    for quantile in np.linspace(false_alarms, 0.0, 101):
        low = np.quantile(good[:, 0], quantile)
        high = np.quantile(good[:, 1:], 1 - quantile, axis=0)
        outside = (good[:, 0] < low) | (good[:, 1:] > high).any(axis=1)
        if outside.mean() <= false_alarms:
            break
    return FixedRule(darkest_at_least=float(low), brightest_at_most=float(high[0]), edge_energy_at_most=float(high[1]))


def count_catch(judged: Sequence[str], truth: Sequence[str]) -> Catch:
    """Compare answers with the truth, both `defect` or `good` for each part."""
    called = np.asarray(judged) == "defect"
    is_defect = np.asarray(truth) == "defect"
    return Catch(
        caught=int((called & is_defect).sum()),
        defects=int(is_defect.sum()),
        false_alarms=int((called & ~is_defect).sum()),
        good=int((~is_defect).sum()),
    )


def measure(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Darkest 3 × 3 patch, brightest 3 × 3 patch and edge energy in the inspected zone, n × 3, in grey levels.

    Edge energy is the root mean square step of brightness between neighbours, over the strongest edges.
    """
    grey = pictures.astype(np.float32)
    height, width = grey.shape[1:]
    down, across = np.mgrid[1 : height - 1, 1 : width - 1]
    zone = np.hypot(down - (height - 1) / 2, across - (width - 1) / 2) < _ZONE_SHARE * min(height, width) / 2
    rows = grey[:, :-2] + grey[:, 1:-1] + grey[:, 2:]
    patch = ((rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]) / 9)[:, zone]
    step_down = (grey[:, 2:, 1:-1] - grey[:, :-2, 1:-1])[:, zone] / 2
    step_across = (grey[:, 1:-1, 2:] - grey[:, 1:-1, :-2])[:, zone] / 2
    energy = step_down**2 + step_across**2
    strongest = np.sort(energy, axis=1)[:, -max(1, round(_STRONGEST_SHARE * energy.shape[1])) :]
    return np.stack([patch.min(axis=1), patch.max(axis=1), np.sqrt(strongest.mean(axis=1))], axis=1).astype(np.float64)
