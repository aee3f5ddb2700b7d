"""The learning curve of one training: how good it would be with fewer labels, and what more of them would bring.

Accuracy is a share where more is better, `mae` an error in the target's units where less is better. Every interval is
of 95 %. What was not measured is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePoint:
    """The metric on the held-out rows after training on a share of the labels.

    `value` is the mean over `draws` trainings, each on other labels drawn at random; of all labels there is one, the
    training itself.
    """

    share: float
    rows: int
    draws: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerLaw:
    """error(n) = limit + gain × (n / rows)^−exponent: `rows` are all labels, the error is 1 − accuracy or the MAE.

    Source: Viering & Loog 2023, "The shape of learning curves: a review".
    """

    rows: int
    limit: float
    limit_low: float
    limit_high: float
    gain: float
    exponent: float
    exponent_low: float
    exponent_high: float

    def error(self, rows: float) -> float:
        """The error that the law expects of training on `rows` labels."""
        return self.limit + self.gain * float((rows / self.rows) ** -self.exponent)


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStep:
    """What the next step of the metric would take: a point of accuracy, or a hundredth of the error.

    `rows` are labels beyond those of this training, None where the law levels off before; so are `low` and `high`
    where the fits at that end do. `reachable` is the share of resampled fits that reach it at all.
    """

    step: float
    rows: int | None
    low: int | None
    high: int | None
    reachable: float
    labels_cost: float | None
    """None where labels have no price."""
    training_cost: float | None
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningCurve:
    """The points with fewer labels first, the law through them, and what it all took.

    `less_with_half` is how much worse half of the labels do on the same rows: (difference, low, high).
    `seconds` and `training_seconds` are of the processor, or of the GPU where one trained.
    """

    metric: Literal["accuracy", "mae"]
    started: str
    held_out: int
    points: tuple[CurvePoint, ...]
    law: PowerLaw | None
    next_step: NextStep | None
    less_with_half: tuple[float, float, float] | None
    seconds: float
    training_seconds: float
    notes: tuple[str, ...] = ()
    """What was not reached, and why."""

    @property
    def compute_share(self) -> float | None:
        """What the curve took of what the training took."""
        return self.seconds / self.training_seconds if self.training_seconds else None
