"""The shapes of the API, for its OpenAPI document and for the bodies of the acting routes.

The two hot routes parse their bodies themselves (`rows`, `label_entries`); the schemas of those bodies here are
what they accept, and tests hold the two together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from infra.domain.predictions import Label
from infra.ledger.summing import By, Quantities, Sum
from monitoring.health import HealthWord
from services.inference.entries import LONGEST_ID, parse_moment

T = TypeVar("T")
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL cannot store one."""
Reason = Annotated[str, Field(min_length=1, max_length=1000, pattern=NO_NUL)]
Actor = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
Moment = Annotated[datetime, BeforeValidator(parse_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
"""ISO 8601 with a zone."""


class Shape(BaseModel):
    """Part of the API: closed to unknown keys, and strict about types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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
    """A person's wish to retrain. `time` is the event time it belongs to, now when absent."""

    reason: Reason
    actor: Actor = "person"
    how: Literal["warm", "scratch"] = "warm"
    time: Moment | None = None


def whole(value: object) -> object:
    """For a number that has to be whole. JSON knows no integers: `4.0` is the number 4."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class PromoteRequest(Shape):
    """A person's choice of a version."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(whole)]
    reason: Reason
    force: bool = False
    """Promote a version whose verdict failed a rule: recorded, told, and on probation."""
    actor: Actor = "person"
    time: Moment | None = None


class RejectRequest(Shape):
    """A person's word that a candidate is not to serve."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(whole)]
    reason: Reason
    actor: Actor = "person"
    time: Moment | None = None


class RollbackRequest(Shape):
    """A person's wish for the version before."""

    reason: Reason
    actor: Actor = "person"
    time: Moment | None = None


class ApprovalRequest(Shape):
    """A person's word on a retraining that a budget holds back."""

    reason: Reason
    actor: Actor = "person"
    time: Moment | None = None


class AlertRequest(Shape):
    """What a person says while acknowledging or resolving an alert."""

    note: Annotated[str, Field(max_length=1000, pattern=NO_NUL)] = ""
    actor: Actor = "person"
    time: Moment | None = None


class SilenceRequest(AlertRequest):
    """Until when, in event time, an alert is not to be heard."""

    until: Moment


class NoteRequest(AlertRequest):
    """What a person wants remembered about an alert."""

    note: Reason


class AssignRequest(AlertRequest):
    """Who looks after an alert from now on."""

    owner: Actor


_TIME = {"type": "string", "format": "date-time", "description": "ISO 8601 with a time zone; now when absent."}
_ID = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID, "pattern": NO_NUL}

PREDICTIONS_BODY = {
    "type": "object",
    "required": ["rows"],
    "additionalProperties": False,
    "properties": {
        "rows": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["features"],
                "additionalProperties": False,
                "properties": {
                    "id": {**_ID, "description": "Idempotency key; a new one is given when absent."},
                    "time": _TIME,
                    "features": {
                        "type": "object",
                        "description": "Every feature of the model; null where unknown; `image` is a PNG in base64.",
                        "additionalProperties": {"type": ["number", "string", "boolean", "null"]},
                    },
                },
            },
        }
    },
}
LABELS_BODY = {
    "type": "object",
    "required": ["labels"],
    "additionalProperties": False,
    "properties": {
        "labels": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "value"],
                "additionalProperties": False,
                "properties": {
                    "id": {**_ID, "description": "The prediction it is about, which may still come."},
                    "value": {"type": ["string", "number", "boolean"]},
                    "time": _TIME,
                    "source": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": NO_NUL},
                },
            },
        }
    },
}
