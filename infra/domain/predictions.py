"""What was asked, what was answered, and what turned out to be true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from infra.domain.values import Answer, Features, require_utc


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """One answer of one model version, as it was given.

    `time` is event time: when the thing asked about happened. `confidence` is the probability of the
    answered class, or None for regression. `abstained` says that the model was too unsure for its answer to
    be acted on. The same id with other features is a conflict.
    """

    model: str
    id: str
    time: datetime
    features: Features
    value: Answer
    version: int
    probabilities: Mapping[str, float] | None = None
    confidence: float | None = None
    unknown_categories: tuple[str, ...] = ()
    abstained: bool = False

    def __post_init__(self) -> None:
        if self.time.tzinfo is not UTC:
            object.__setattr__(self, "time", require_utc(self.time, "prediction time"))


def same_features(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two rows ask the same: the same names and values. 1 and 1.0 are one value, 1 and true are two.

    >>> same_features({"a": 1}, {"a": 1.0}), same_features({"a": 1}, {"a": True})
    (True, False)
    """
    return one == other and all(isinstance(one[name], bool) == isinstance(other[name], bool) for name in one)


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """The truth about one prediction id; a later one for the same id corrects it, and both are kept.

    `time` is when the truth became known, in event time.
    """

    model: str
    prediction_id: str
    value: Answer
    time: datetime
    source: str = "api"

    def __post_init__(self) -> None:
        object.__setattr__(self, "time", require_utc(self.time, "label time"))


LabelOutcome = Literal["joined", "waiting", "repeated", "corrected"]
"""joined to its prediction · waiting for it · the same again · contradicts an earlier one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """A stored prediction with its place in the order of arrival and its current label, if any."""

    seq: int
    prediction: Prediction
    label: Label | None
