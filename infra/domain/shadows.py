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
