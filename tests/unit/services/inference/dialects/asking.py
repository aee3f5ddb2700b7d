"""What the tests of the dialects ask with."""

from __future__ import annotations

from datetime import UTC, datetime

from infra.domain.errors import RowError
from infra.domain.predictions import Prediction
from infra.model.schema import Column, FeatureSchema
from services.inference.answering import Outcome

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLASSES = ("bad", "good")
SCHEMA = FeatureSchema(
    (
        Column(name="speed", kind="numeric", missing=True),
        Column(name="shift", kind="categorical", categories=("early", "late")),
        Column(name="wet", kind="boolean"),
        Column(name="plant", kind="carried"),
    )
)
NUMBERS = FeatureSchema((Column(name="x", kind="numeric"), Column(name="y", kind="numeric")))


def answered(place: int, **changes: object) -> Prediction:
    """An answer to the row at a place."""
    given: dict[str, object] = {
        "model": "line",
        "id": f"p{place}",
        "time": NOW,
        "features": {},
        "value": "good",
        "version": 2,
        "probabilities": {"bad": 0.25, "good": 0.75},
        "confidence": 0.75,
    }
    return Prediction(**{**given, **changes})  # type: ignore[arg-type]  # the tests name the fields they change


def outcome(*answers: tuple[int, Prediction], errors: tuple[RowError, ...] = ()) -> Outcome:
    """An outcome of these answers by place."""
    return Outcome(
        model="line",
        version=2,
        places=[place for place, _ in answers],
        answers=[one for _, one in answers],
        errors=errors,
        logging="durable",
    )
