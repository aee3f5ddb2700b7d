"""Predictions as rows of their table, and back. Knows no transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, select

from infra.columns import to_microseconds
from infra.domain.predictions import Answered, Label, Prediction
from infra.domain.values import Answer, Features
from infra.stores.features import pack, unpack
from infra.stores.intake import Intake
from infra.tables import IS_CURRENT, labels, predictions

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWERED = select(
    predictions,
    labels.c.value.label("label_value"),
    labels.c.time.label("label_time"),
    labels.c.source.label("label_source"),
).select_from(
    predictions.outerjoin(
        labels,
        and_(labels.c.model == predictions.c.model, labels.c.prediction_id == predictions.c.id, IS_CURRENT),
    )
)
"""Predictions, each with its current label or NULLs."""


PREDICTIONS = Intake(
    table=predictions,
    fixed=("model",),
    numbered="seq",
    columns=(
        "id",
        "time",
        "features",
        "value",
        "version",
        "probabilities",
        "confidence",
        "unknown_categories",
        "abstained",
    ),
)
"""Where predictions go in, as `to_values` gives them."""


def to_values(prediction: Prediction) -> tuple[object, ...]:
    """The values of one prediction for `PREDICTIONS`.

    Raises:
        DataError: a value that cannot be kept.
    """
    probabilities, unknown = prediction.probabilities, prediction.unknown_categories
    return (
        prediction.id,
        to_microseconds(prediction.time),
        pack(prediction.features),
        pack(prediction.value),
        prediction.version,
        None if probabilities is None else pack(probabilities),
        prediction.confidence,
        pack(unknown) if unknown else None,
        prediction.abstained,
    )


def to_prediction(values: Sequence[Any]) -> Prediction:
    """The prediction in the values of its table's columns."""
    # In the order of the table's columns: by position, since this runs for each row of a training set.
    model, _, name, time, features, value, version, probabilities, confidence, unknown, abstained = values
    return Prediction(
        model=model,
        id=name,
        time=time,
        features=cast("Features", unpack(features)),
        value=cast("Answer", unpack(value)),
        version=version,
        probabilities=None if probabilities is None else cast("Mapping[str, float]", unpack(probabilities)),
        confidence=confidence,
        unknown_categories=() if unknown is None else tuple(cast("list[str]", unpack(unknown))),
        abstained=abstained,
    )


def to_answered(row: Sequence[Any]) -> Answered:
    """The prediction and its current label in a row of `ANSWERED`."""
    *values, label_value, label_time, label_source = row
    prediction = to_prediction(values)
    label = None
    if label_value is not None:
        label = Label(
            model=prediction.model,
            prediction_id=prediction.id,
            value=cast("Answer", unpack(label_value)),
            time=label_time,
            source=label_source,
        )
    return Answered(seq=values[1], prediction=prediction, label=label)
