"""Predictions in the database. Knows nothing of models, HTTP or windows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, Select, and_, func, insert, select, update

from infra.domain.predictions import Answered, Prediction
from infra.stores.arrivals import decide_new
from infra.stores.prediction_rows import ANSWERED, to_answered, to_prediction, to_row
from infra.stores.refusals import no_prediction
from infra.stores.rows import chunks, inserting
from infra.tables import IS_WAITING, labels, predictions, sequences
from infra.transactions import SHORT_PATIENCE_SECONDS, reading, writing

if TYPE_CHECKING:
    from datetime import datetime


class SqlPredictions:
    """The port `Predictions` on SQLAlchemy. Places in the order of arrival have no gaps and appear in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, given: Sequence[Prediction]) -> list[Prediction]:
        standing: dict[tuple[str, str], Prediction] = {}
        if given:
            with writing(self._engine, SHORT_PATIENCE_SECONDS) as connection:
                for model, group in groupby(sorted(given, key=attrgetter("model")), key=attrgetter("model")):
                    stood = _add(connection, model, list(group))
                    standing.update({(model, name): prediction for name, prediction in stood.items()})
        return [standing[prediction.model, prediction.id] for prediction in given]

    def get(self, model: str, prediction_id: str) -> Answered:
        query = ANSWERED.where(predictions.c.model == model, predictions.c.id == prediction_id)
        found = self._answered(query)
        if not found:
            raise no_prediction(model, prediction_id)
        return found[0]

    def find(self, model: str, ids: Sequence[str]) -> dict[str, Prediction]:
        with reading(self._engine, SHORT_PATIENCE_SECONDS) as connection:
            return _stored(connection, model, ids)

    def after(self, model: str, seq: int, limit: int) -> list[Answered]:
        later = ANSWERED.where(predictions.c.model == model, predictions.c.seq > seq)
        return self._answered(later.order_by(predictions.c.seq).limit(limit))

    def between(self, model: str, first_seq: int, last_seq: int) -> list[Answered]:
        inside = ANSWERED.where(predictions.c.model == model, predictions.c.seq.between(first_seq, last_seq))
        return self._answered(inside.order_by(predictions.c.seq))

    def in_time(self, model: str, start: datetime, end: datetime) -> list[Answered]:
        inside = ANSWERED.where(predictions.c.model == model, predictions.c.time >= start, predictions.c.time < end)
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

    def unlabelled(self, model: str, limit: int, offset: int = 0, recent: int = 10_000) -> list[Answered]:
        newest = self.last_seq(model) - recent
        waiting = ANSWERED.where(predictions.c.model == model, predictions.c.seq > newest, labels.c.arrival.is_(None))
        unsure = (predictions.c.abstained.desc(), predictions.c.confidence.asc().nulls_last(), predictions.c.seq.desc())
        return self._answered(waiting.order_by(*unsure).limit(limit).offset(offset))

    def _answered(self, query: Select[tuple[object, ...]]) -> list[Answered]:
        with reading(self._engine) as connection:
            return [to_answered(row) for row in connection.execute(query)]


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
        rows = [to_row(prediction, last + place) for place, prediction in enumerate(new.values(), start=1)]
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
        found.update({row.id: to_prediction(row) for row in connection.execute(query)})
    return found
