"""Labels in the database, with their history. Knows nothing of windows or of how right an answer was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Engine, Row, Select, and_, func, insert, select, update

from infra.domain.labelling import Joined, Moments
from infra.domain.predictions import Label, LabelOutcome
from infra.domain.values import Answer
from infra.stores.arrivals import LabelPlan, Numbered, decide_labels
from infra.stores.features import pack, unpack
from infra.stores.joining import take_places
from infra.stores.prediction_rows import to_prediction
from infra.stores.predictions import lock_order
from infra.stores.rows import chunks
from infra.tables import IS_CORRECTION, IS_CURRENT, IS_WAITING, labels, predictions, sequences
from infra.transactions import reading, writing

_ITS_LABEL = and_(labels.c.model == predictions.c.model, labels.c.prediction_id == predictions.c.id)
_JOINED = select(
    predictions,
    labels.c.place,
    labels.c.number,
    labels.c.value.label("label_value"),
    labels.c.time.label("label_time"),
    labels.c.source.label("label_source"),
).join(labels, _ITS_LABEL)
_MOMENTS = select(predictions.c.seq, predictions.c.time, labels.c.time).join(labels, _ITS_LABEL)


class SqlLabels:
    """The port `Labels` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, given: Sequence[Label]) -> list[LabelOutcome]:
        outcomes: dict[int, LabelOutcome] = {}
        if given:
            by_model: dict[str, list[int]] = {}
            for place, label in enumerate(given):
                by_model.setdefault(label.model, []).append(place)
            with writing(self._engine) as connection:
                for model, places in sorted(by_model.items(), key=itemgetter(0)):
                    plan = _add(connection, model, [given[place] for place in places])
                    outcomes.update(zip(places, plan.outcomes, strict=True))
        return [outcomes[place] for place in range(len(given))]

    def history(self, model: str, prediction_id: str) -> list[Label]:
        of_one = and_(labels.c.model == model, labels.c.prediction_id == prediction_id)
        with reading(self._engine) as connection:
            found = connection.execute(select(labels).where(of_one).order_by(labels.c.number))
            return [_to_label(row) for row in found]

    def current(self, model: str, ids: Sequence[str]) -> dict[str, Label]:
        with reading(self._engine) as connection:
            return {name: numbered.label for name, numbered in _current(connection, model, ids).items()}

    def corrections(self, model: str, limit: int, offset: int = 0) -> list[tuple[Label, Label]]:
        later = (
            select(labels)
            .where(labels.c.model == model, IS_CORRECTION)
            .order_by(labels.c.arrival.desc())
            .limit(limit)
            .offset(offset)
            .subquery("later")
        )
        before = and_(labels.c.prediction_id == later.c.prediction_id, labels.c.number == later.c.number - 1)
        query = (
            select(
                labels,
                later.c.value.label("later_value"),
                later.c.time.label("later_time"),
                later.c.source.label("later_source"),
            )
            .join(later, before)
            .where(labels.c.model == model)
            .order_by(later.c.arrival.desc())
        )
        with reading(self._engine) as connection:
            return [(_to_label(row), _to_later(row)) for row in connection.execute(query)]

    def counts(self, model: str) -> Mapping[str, int]:
        of_model = labels.c.model == model
        rules = {
            "joined": and_(of_model, IS_CURRENT),
            "waiting": and_(of_model, IS_CURRENT, IS_WAITING),
            "corrected": and_(of_model, IS_CORRECTION),
        }
        count = select(func.count()).select_from(labels)
        columns = [count.where(rule).scalar_subquery().label(name) for name, rule in rules.items()]
        with reading(self._engine) as connection:
            found = connection.execute(select(*columns)).one()
        return {"joined": found.joined - found.waiting, "waiting": found.waiting, "corrected": found.corrected}

    def joined(self, model: str, after: int, limit: int) -> list[Joined]:
        with reading(self._engine) as connection:
            return [_to_joined(row) for row in connection.execute(_in_place_order(_JOINED, model, after, limit))]

    def moments(self, model: str, after: int, limit: int) -> list[Moments]:
        with reading(self._engine) as connection:
            found = connection.execute(_in_place_order(_MOMENTS, model, after, limit))
            return [Moments(seq=seq, predicted_at=then, labelled_at=later) for seq, then, later in found]

    def last_place(self, model: str) -> int:
        with reading(self._engine) as connection:
            return connection.scalar(select(sequences.c.joined).where(sequences.c.model == model)) or 0


def _in_place_order(query: Select[Any], model: str, after: int, limit: int) -> Select[Any]:
    """The first `limit` after that place."""
    return query.where(labels.c.model == model, labels.c.place > after).order_by(labels.c.place).limit(limit)


def _add(connection: Connection, model: str, given: Sequence[Label]) -> LabelPlan:
    lock_order(connection, model)
    ids = [label.prediction_id for label in given]
    known, current = _known(connection, model, ids), _current(connection, model, ids)
    plan = decide_labels(given, current, known)
    replaced = [entry.label.prediction_id for entry in plan.inserts if entry.label.prediction_id in current]
    for some in chunks(replaced):
        old = and_(labels.c.model == model, labels.c.prediction_id.in_(some), IS_CURRENT)
        connection.execute(update(labels).where(old).values(is_current=False))
    last = {entry.label.prediction_id: entry.number for entry in plan.inserts}
    joins = sum(entry.label.prediction_id in known for entry in plan.inserts)
    places = count(take_places(connection, model, joins) + 1) if joins else count()
    rows = [
        {
            "model": model,
            "prediction_id": entry.label.prediction_id,
            "number": entry.number,
            "value": pack(entry.label.value),
            "time": entry.label.time,
            "source": entry.label.source,
            "is_current": entry.number == last[entry.label.prediction_id],
            "is_waiting": entry.label.prediction_id not in known,
            "place": next(places) if entry.label.prediction_id in known else None,
        }
        for entry in plan.inserts
    ]
    if rows:
        connection.execute(insert(labels), rows)
    return plan


def _known(connection: Connection, model: str, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(ids):
        query = select(predictions.c.id).where(predictions.c.model == model, predictions.c.id.in_(some))
        found.update(connection.scalars(query))
    return found


def _current(connection: Connection, model: str, ids: Sequence[str]) -> dict[str, Numbered]:
    found: dict[str, Numbered] = {}
    for some in chunks(ids):
        query = select(labels).where(labels.c.model == model, labels.c.prediction_id.in_(some), IS_CURRENT)
        for row in connection.execute(query):
            found[row.prediction_id] = Numbered(number=row.number, label=_to_label(row))
    return found


def _to_label(row: Row[tuple[object, ...]]) -> Label:
    value = cast("Answer", unpack(row.value))
    return Label(model=row.model, prediction_id=row.prediction_id, value=value, time=row.time, source=row.source)


def _to_joined(row: Row[Any]) -> Joined:
    *values, place, number, value, time, source = row
    prediction = to_prediction(values)
    truth = cast("Answer", unpack(value))
    label = Label(model=prediction.model, prediction_id=prediction.id, value=truth, time=time, source=source)
    return Joined(place=place, seq=values[1], label=label, prediction=prediction, first=number == 1)


def _to_later(row: Row[tuple[object, ...]]) -> Label:
    value = cast("Answer", unpack(row.later_value))
    return Label(
        model=row.model, prediction_id=row.prediction_id, value=value, time=row.later_time, source=row.later_source
    )
