"""Truth as it is used: in the order in which it joined its predictions, asked for, held back, and watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from infra.domain.predictions import Label, Prediction


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """A label at its place in the order in which labels found their predictions, from 1 without gaps, by model.

    `seq` is the prediction's place in the order of arrival. `first` is False for one that corrects an earlier label of
    the same prediction.
    """

    place: int
    seq: int
    label: Label
    prediction: Prediction
    first: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """When a joined label was known, and when its prediction was made: `Joined` without what was asked and answered."""

    seq: int
    predicted_at: datetime
    labelled_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarantine:
    """Labels held back from training: those at places `first_place..last_place`, of one source where one is named."""

    id: str
    model: str
    at: datetime
    reason: str
    first_place: int
    last_place: int
    source: str | None = None
    released_at: datetime | None = None
    released_by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """A prediction whose truth was asked for. `random` says that it was drawn evenly from all, so that it stands for
    them."""

    model: str
    prediction_id: str
    asked_at: datetime
    random: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmState:
    """What the degradation alarm of a champion has gathered after the label at `place`.

    `decision_id` is the promotion that the champion came by: another one starts again. `detectors` holds the figures
    of each detector by its name, as it needs them to go on.
    """

    model: str
    version: int
    decision_id: str
    place: int
    detectors: Mapping[str, Mapping[str, float]]
