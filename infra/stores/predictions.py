"""Predictions in the database. Knows nothing of models, HTTP or windows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Engine, Row, Select, and_, func, insert, select, update

from infra.domain.predictions import Answered, Label, Prediction
from infra.domain.values import Answer, Features
from infra.stores.arrivals import decide_new
from infra.stores.features import pack, unpack
from infra.stores.refusals import no_prediction
from infra.stores.rows import chunks, inserting
from infra.tables import IS_CURRENT, IS_WAITING, labels, predictions, sequences
from infra.transactions import reading, writing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_ANSWERED = select(
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


class SqlPredictions:
    """The port `Predictions` on SQLAlchemy. Places in the order of arrival have no gaps and appear in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, given: Sequence[Prediction]) -> list[Prediction]:
        standing: dict[tuple[str, str], Prediction] = {}
        if given:
            with writing(self._engine) as connection:
                for model, group in groupby(sorted(given, key=attrgetter("model")), key=attrgetter("model")):
                    stood = _add(connection, model, list(group))
                    standing.update({(model, name): prediction for name, prediction in stood.items()})
        return [standing[prediction.model, prediction.id] for prediction in given]

    def get(self, model: str, prediction_id: str) -> Answered:
        query = _ANSWERED.where(predictions.c.model == model, predictions.c.id == prediction_id)
        found = self._answered(query)
        if not found:
            raise no_prediction(model, prediction_id)
        return found[0]

    def find(self, model: str, ids: Sequence[str]) -> dict[str, Prediction]:
        with reading(self._engine) as connection:
            return _stored(connection, model, ids)

    def after(self, model: str, seq: int, limit: int) -> list[Answered]:
        later = _ANSWERED.where(predictions.c.model == model, predictions.c.seq > seq)
        return self._answered(later.order_by(predictions.c.seq).limit(limit))

    def between(self, model: str, first_seq: int, last_seq: int) -> list[Answered]:
        inside = _ANSWERED.where(predictions.c.model == model, predictions.c.seq.between(first_seq, last_seq))
        return self._answered(inside.order_by(predictions.c.seq))

    def in_time(self, model: str, start: datetime, end: datetime) -> list[Answered]:
        inside = _ANSWERED.where(predictions.c.model == model, predictions.c.time >= start, predictions.c.time < end)
        return self._answered(inside.order_by(predictions.c.time, predictions.c.seq))

    def last_seq(self, model: str) -> int:
        with reading(self._engine) as connection:
            return connection.scalar(select(sequences.c.last).where(sequences.c.model == model)) or 0

    def count_after(self, model: str, seq: int) -> int:
        return max(0, self.last_seq(model) - max(0, seq))  # the order has no gaps

    def time_range(self, model: str) -> tuple[datetime, datetime] | None:
        times = predictions.c.time
        of_model = predictions.c.model == model
        with reading(self._engine) as connection:  # two subqueries: SQLite answers each from one end of the index
            first, last = connection.execute(
                select(
                    select(func.min(times)).where(of_model).scalar_subquery(),
                    select(func.max(times)).where(of_model).scalar_subquery(),
                )
            ).one()
        return None if first is None else (first, last)

    def _answered(self, query: Select[tuple[object, ...]]) -> list[Answered]:
        with reading(self._engine) as connection:
            return [_to_answered(row) for row in connection.execute(query)]


def lock_order(connection: Connection, model: str) -> int:
    """Become the one writer of the model's predictions and labels until the transaction ends.

    Returns the last place in the order of arrival. Places are given under this lock, so that a reader who has
    seen one has seen all before it.
    """
    entry = inserting(connection, sequences).values(model=model, last=0)
    kept = entry.on_conflict_do_update(index_elements=["model"], set_={"last": sequences.c.last})
    last: int = connection.execute(kept.returning(sequences.c.last)).scalar_one()
    return last


def _add(connection: Connection, model: str, given: Sequence[Prediction]) -> dict[str, Prediction]:
    last = lock_order(connection, model)
    stored = _stored(connection, model, [prediction.id for prediction in given])
    new = decide_new(given, stored)
    if new:
        rows = [_to_row(prediction, last + place) for place, prediction in enumerate(new.values(), start=1)]
        connection.execute(insert(predictions), rows)
        connection.execute(update(sequences).where(sequences.c.model == model).values(last=last + len(new)))
        _join_waiting(connection, model, list(new))
    return stored | new


def _join_waiting(connection: Connection, model: str, ids: Sequence[str]) -> None:
    waiting = and_(labels.c.model == model, IS_WAITING)
    if connection.execute(select(labels.c.arrival).where(waiting).limit(1)).first() is None:
        return
    for some in chunks(ids):
        connection.execute(update(labels).where(waiting, labels.c.prediction_id.in_(some)).values(is_waiting=False))


def _stored(connection: Connection, model: str, ids: Sequence[str]) -> dict[str, Prediction]:
    found: dict[str, Prediction] = {}
    for some in chunks(ids):
        query = select(predictions).where(predictions.c.model == model, predictions.c.id.in_(some))
        found.update({row.id: _to_prediction(row) for row in connection.execute(query)})
    return found


def _to_row(prediction: Prediction, seq: int) -> dict[str, object]:
    unknown = prediction.unknown_categories
    return {
        "model": prediction.model,
        "seq": seq,
        "id": prediction.id,
        "time": prediction.time,
        "features": pack(prediction.features),
        "value": pack(prediction.value),
        "version": prediction.version,
        "probabilities": None if prediction.probabilities is None else pack(prediction.probabilities),
        "confidence": prediction.confidence,
        "fingerprint": prediction.fingerprint,
        "unknown_categories": pack(unknown) if unknown else None,
    }


def _to_prediction(values: Sequence[Any]) -> Prediction:
    # In the order of the table's columns: by position, since this runs for each row of a training set.
    model, _, name, time, features, value, version, probabilities, confidence, fingerprint, unknown = values
    return Prediction(
        model=model,
        id=name,
        time=time,
        features=cast("Features", unpack(features)),
        value=cast("Answer", unpack(value)),
        version=version,
        probabilities=None if probabilities is None else cast("Mapping[str, float]", unpack(probabilities)),
        confidence=confidence,
        fingerprint=fingerprint,
        unknown_categories=() if unknown is None else tuple(cast("list[str]", unpack(unknown))),
    )


def _to_answered(row: Row[Any]) -> Answered:
    *values, label_value, label_time, label_source = row
    prediction = _to_prediction(values)
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
