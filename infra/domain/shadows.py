"""Versions that answer beside the champion: a challenger on a share of the traffic, and the frozen simple model.

Their answers are kept and never returned, save where a challenger takes its canary share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from infra.domain.values import Answer, require_utc

AppointmentRole = Literal["challenger", "simple"]
SIMPLE_VERSION = 0
"""The simple model is none of the numbered versions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Appointment:
    """Who answers beside the champion of a model. At most one of each role.

    `version` is 0 for the simple model; `sha256` names its bundle.
    """

    model: str
    role: AppointmentRole
    version: int
    sha256: str
    since: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", require_utc(self.since, "appointment time"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ShadowAnswer:
    """What another version would have said to a prediction that the champion answered."""

    model: str
    prediction_id: str
    role: AppointmentRole
    version: int
    value: Answer
    probabilities: Mapping[str, float] | None = None
    confidence: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ShadowReport:
    """A version in shadow beside what was answered, on the same labelled rows."""

    metric: Literal["accuracy", "mae"]
    labelled: int
    shadow: float | None = None
    """Of the version in shadow."""
    answered: float | None = None
    """Of the answers that were returned."""
    gain: float | None = None
    """By how much the version in shadow is better: points of accuracy as a share, or less mean absolute error."""
    low: float | None = None
    high: float | None = None
    """The 95 % interval of the gain over the paired rows; None with fewer than 30."""
    agreement: float | None = None
    """Share of rows where both said the same class; None for numbers."""
    distance: float | None = None
    """Mean absolute difference of both answers; None for classes."""
