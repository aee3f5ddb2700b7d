"""The shapes of the API, for its OpenAPI document and for the bodies of the acting routes.

What the two hot routes accept, which parse their bodies themselves, is in `hot_bodies`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from infra.domain.predictions import Label
from infra.ledger.summing import By, Quantities, Sum
from monitoring.health import HealthWord
from services.inference.entries import parse_moment

T = TypeVar("T")
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL cannot store one."""
Reason = Annotated[
    str, Field(min_length=1, max_length=1000, pattern=NO_NUL, description="Why; it is kept with what was done.")
]
_ACTS = "Who acts; leave it out where a key is asked for, which says it."
Actor = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL, description=_ACTS)]
Moment = Annotated[datetime, BeforeValidator(parse_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
"""ISO 8601 with a zone."""
_WHEN = "The event time that it belongs to, ISO 8601 with a zone; now when absent."
When = Annotated[Moment | None, Field(description=_WHEN)]


class Shape(BaseModel):
    """Part of the API: closed to unknown keys, and strict about types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class ProblemEntry(Shape):
    """A row or a field at fault."""

    row: int | None
    field: str | None
    problem: str


class ProblemDetails(Shape):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemEntry] = []


class ProtocolProblem(ProblemDetails):
    """RFC 9457 problem details that a client of the Open Inference Protocol reads as well."""

    error: str


class PredictionAnswer(Shape):
    """One answer. `probabilities` and `confidence` are null for regression."""

    id: str
    value: str | float
    version: int
    probabilities: dict[str, float] | None
    confidence: float | None
    interval: list[float] | None = None
    """[low, high] around a regression's number, which holds the truth nine times in ten; there where it is known."""
    abstained: bool
    """The model was less confident than its model file asks for: let a person decide."""


class PredictionsAnswer(Shape):
    """Answers in the order of the good rows; `version` gave them all, save where an answer names another."""

    model: str
    version: int
    logging: Literal["durable", "relaxed"]
    """`relaxed`: the answer did not wait for the disk."""
    predictions: list[PredictionAnswer]
    errors: list[ProblemEntry]


class LabelsAnswer(Shape):
    """What became of the labels, counted; and those that could not be used."""

    model: str
    joined: int
    waiting: int
    repeated: int
    corrected: int
    errors: list[ProblemEntry]


class ModelAnswer(Shape):
    """What serves, since when, and how well. Null is unknown, never 0."""

    name: str
    version: int | None
    """The champion; null before the first."""
    serving: int | None
    """The version that this replica answers with; null when none is loaded."""
    sha256: str | None
    since: datetime | None
    accepted: float | None
    """The level of the headline metric the champion was promoted at."""
    predictions: int
    labels: dict[str, int]
    health: HealthWord
    why: str


class ModelsAnswer(Shape):
    """All models."""

    items: list[ModelAnswer]


class LiveAnswer(Shape):
    """The process answers."""

    status: Literal["alive"]


class ReadyAnswer(Shape):
    """Every champion has a version loaded; `models` says which."""

    status: Literal["ready"]
    models: dict[str, int]


class Correction(Shape):
    """A label that contradicted an earlier one; both are kept."""

    prediction_id: str
    earlier: Label
    later: Label


class Page(Shape, Generic[T]):
    """Part of a list, newest first."""

    items: list[T]
    limit: int
    offset: int


class CostsAnswer(Shape):
    """What one model or all of them cost, added up. What has no price is counted under `unpriced`, never as 0."""

    model: str | None
    by: By
    entries: int
    total: dict[str, float]
    """By currency."""
    sums: list[Sum]
    quantities: dict[str, Quantities]


class RetrainRequest(Shape):
    """A person's wish to retrain."""

    reason: Reason
    actor: Actor = "person"
    how: Literal["warm", "scratch"] = "warm"
    """`warm`: from the champion's weights; `scratch`: from new ones."""
    time: When = None


def whole(value: object) -> object:
    """For a number that has to be whole. JSON knows no integers: `4.0` is the number 4."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Version = Annotated[
    int,
    Field(ge=1, le=2**31 - 1, description="A version of this model; `GET …/runs` names them."),
    BeforeValidator(whole),
]


class PromoteRequest(Shape):
    """A person's choice of a version."""

    version: Version
    reason: Reason
    force: bool = False
    """Promote a version whose verdict failed a rule: recorded, told, and on probation."""
    actor: Actor = "person"
    time: When = None


class RejectRequest(Shape):
    """A person's word that a candidate is not to serve."""

    version: Version
    reason: Reason
    actor: Actor = "person"
    time: When = None


class RollbackRequest(Shape):
    """A person's wish for the version before."""

    reason: Reason
    actor: Actor = "person"
    time: When = None


class ApprovalRequest(Shape):
    """A person's word on a retraining that a budget holds back."""

    reason: Reason
    actor: Actor = "person"
    time: When = None


class AlertRequest(Shape):
    """What a person says while acknowledging or resolving an alert."""

    note: Annotated[str, Field(max_length=1000, pattern=NO_NUL)] = ""
    """What was found or done; it is kept with the alert."""
    actor: Actor = "person"
    time: When = None


class SilenceRequest(AlertRequest):
    """Until when an alert is not to be heard."""

    until: Moment
    """The end of the silence, in event time: ISO 8601 with a zone."""


class NoteRequest(AlertRequest):
    """What a person wants remembered about an alert."""

    note: Annotated[Reason, Field(description="What was found or done; it is kept with the alert.")]


class AssignRequest(AlertRequest):
    """Who looks after an alert from now on."""

    owner: Annotated[Actor, Field(description="Who looks after it from now on.")]
