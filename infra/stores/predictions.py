"""Predictions in the database. Knows nothing of models, HTTP or windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Select, delete, func, select

from infra.domain.predictions import Answered, Prediction
from infra.stores.arrivals import decide_new
from infra.stores.joining import join_waiting
from infra.stores.prediction_rows import ANSWERED, PREDICTIONS, to_answered, to_prediction, to_values
from infra.stores.refusals import no_prediction
from infra.stores.rows import chunks
from infra.tables import labels, predictions, sequences, shadow_answers
from infra.transactions import SHORT_PATIENCE_SECONDS, reading, writing

if TYPE_CHECKING:
    from datetime import datetime


class SqlPredictions:
    """The port `Predictions` on SQLAlchemy. Places in the order of arrival have no gaps and appear in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, given: Sequence[Prediction]) -> list[Prediction]:
        by_model: dict[str, list[Prediction]] = {}
        for prediction in given:
            by_model.setdefault(prediction.model, []).append(prediction)
        batches = [
            _Batch(model=model, given=some, rows=[to_values(prediction) for prediction in some])
            for model, some in sorted(by_model.items())
        ]
        if not batches:
            return []
        try:
            with writing(self._engine, SHORT_PATIENCE_SECONDS) as connection:
                for batch in batches:
                    _add_new(connection, batch)
        except _SeenBefore:  # undone as a whole
            return self._add_carefully(batches, given)
        return list(given)

    def _add_carefully(self, batches: Sequence[_Batch], given: Sequence[Prediction]) -> list[Prediction]:
        standing: dict[tuple[str, str], Prediction] = {}
        with writing(self._engine, SHORT_PATIENCE_SECONDS) as connection:
            for batch in batches:
                stood = _add_unseen(connection, batch)
                standing.update({(batch.model, name): prediction for name, prediction in stood.items()})
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
        return self._answered(_in_order_after(ANSWERED, model, seq, limit))

    def times_after(self, model: str, seq: int, limit: int) -> list[datetime]:
        with reading(self._engine) as connection:
            return list(connection.scalars(_in_order_after(select(predictions.c.time), model, seq, limit)))

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

    def remove_oldest(self, model: str, *, before: datetime, through_seq: int, limit: int) -> int:
        oldest = (
            select(predictions.c.seq, predictions.c.id, predictions.c.time)
            .where(predictions.c.model == model, predictions.c.seq <= through_seq)
            .order_by(predictions.c.seq)
            .limit(limit)
        )
        with writing(self._engine, SHORT_PATIENCE_SECONDS) as connection:
            lock_order(connection, model)  # no label joins meanwhile
            gone = list(takewhile(lambda row: row.time < before, connection.execute(oldest)))
            if gone:
                _remove(connection, model, [row.id for row in gone], last_seq=gone[-1].seq)
        return len(gone)

    def _answered(self, query: Select[tuple[object, ...]]) -> list[Answered]:
        with reading(self._engine) as connection:
            return [to_answered(row) for row in connection.execute(query)]


def _in_order_after(query: Select[Any], model: str, seq: int, limit: int) -> Select[Any]:
    """The first `limit` that arrived after `seq`."""
    later = query.where(predictions.c.model == model, predictions.c.seq > seq)
    return later.order_by(predictions.c.seq).limit(limit)


def _remove(connection: Connection, model: str, ids: Sequence[str], last_seq: int) -> None:
    """Everything up to that place, whose ids those are."""
    for some in chunks(ids):
        for table in (labels, shadow_answers):
            connection.execute(delete(table).where(table.c.model == model, table.c.prediction_id.in_(some)))
    connection.execute(delete(predictions).where(predictions.c.model == model, predictions.c.seq <= last_seq))


def lock_order(connection: Connection, model: str, places: int = 0) -> int:
    """Become the one writer of the model's predictions and labels until the transaction ends; take that many places.

    Returns the last place in the order of arrival that was taken before. Places are given under this lock, so that a
    reader who has seen one has seen all before it.
    """
    last: int = connection.exec_driver_sql(_LOCK[connection.dialect.name], (model, places, places)).scalar_one()
    return last - places


_LOCK = {
    name: (
        f"INSERT INTO sequences (model, last) VALUES ({mark}, {mark}) "  # noqa: S608  our own names
        f"ON CONFLICT (model) DO UPDATE SET last = sequences.last + {mark} RETURNING last"
    )
    for name, mark in (("sqlite", "?"), ("postgresql", "%s"))
}
"""In plain text, as all that runs for every few answers: to build a statement takes longer than to run it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Batch:
    """Predictions of one model and their rows, made before the lock is taken."""

    model: str
    given: Sequence[Prediction]
    rows: Sequence[tuple[object, ...]]


class _SeenBefore(Exception):
    """An id of a batch is not new: the batch has to be taken apart."""


def _add_new(connection: Connection, batch: _Batch) -> None:
    """Store a batch whose ids are all new, as nearly every batch is; raises _SeenBefore for any other."""
    last, waiting = _take_places(connection, batch.model, len(batch.rows))
    if PREDICTIONS.insert(connection, batch.model, rows=batch.rows, last=last) < len(batch.rows):
        raise _SeenBefore
    if waiting:
        join_waiting(connection, batch.model, [prediction.id for prediction in batch.given])


def _add_unseen(connection: Connection, batch: _Batch) -> dict[str, Prediction]:
    """Store what is new in a batch; what now stands under each id."""
    lock_order(connection, batch.model)
    stored = _stored(connection, batch.model, [prediction.id for prediction in batch.given])
    new = decide_new(batch.given, stored)
    last = lock_order(connection, batch.model, len(new))
    PREDICTIONS.insert(connection, batch.model, rows=[to_values(prediction) for prediction in new.values()], last=last)
    join_waiting(connection, batch.model, list(new))
    return stored | new


def _take_places(connection: Connection, model: str, places: int) -> tuple[int, bool]:
    """As `lock_order`; and whether labels wait for predictions of the model."""
    if connection.dialect.name == "sqlite":
        values = (model, places, places, model)
        last, waiting = connection.exec_driver_sql(_LOCK["sqlite"] + f", {_ANY_WAITING['sqlite']}", values).one()
        return last - places, bool(waiting)
    # Not in one statement: what it sees is fixed before it has waited for the lock.
    last = lock_order(connection, model, places)
    return last, bool(connection.exec_driver_sql(f"SELECT {_ANY_WAITING['postgresql']}", (model,)).scalar_one())


_ANY_WAITING = {
    "sqlite": "EXISTS (SELECT 1 FROM labels INDEXED BY ix_labels_waiting WHERE model = ? AND is_waiting = 1)",
    "postgresql": "EXISTS (SELECT 1 FROM labels WHERE model = %s AND is_waiting = true)",
}
"""Of the few that wait: SQLite, left to itself, takes another index of the model and goes through all its labels."""


def _stored(connection: Connection, model: str, ids: Sequence[str]) -> dict[str, Prediction]:
    found: dict[str, Prediction] = {}
    for some in chunks(ids):
        query = select(predictions).where(predictions.c.model == model, predictions.c.id.in_(some))
        found.update({row.id: to_prediction(row) for row in connection.execute(query)})
    return found
