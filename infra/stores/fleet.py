"""What is known of all models, from the database: one query for each kind of record, none for each model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Select, Subquery, Table, and_, func, select, type_coerce

from infra.domain.alerts import Alert
from infra.domain.decisions import Champion, PromotionDecision, TrainingRun
from infra.domain.errors import DataError
from infra.domain.windows import DriftGlance, Window
from infra.ports import RegisteredModel
from infra.ports.fleet import Level, Line, Spent, month_end, month_start
from infra.stores.rows import records
from infra.stores.windows import AS_TEXT, OUTLINE, glance
from infra.tables import (
    IS_UNRESOLVED,
    alerts,
    audits,
    champions,
    costs,
    decisions,
    deed_heads,
    models,
    quarantines,
    runs,
    sequences,
    triggers,
    windows,
)
from infra.transactions import reading

R = TypeVar("R")


class _Performance(msgspec.Struct):
    """What a level needs of a `PerformanceReport`; the rest of the text is passed over."""

    kind: str
    value: float
    low: float
    high: float
    rows: int
    labelled: int


_performance = msgspec.json.Decoder(_Performance)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """When a model last cost something."""

    model: str
    at: datetime
    currency: str


class SqlFleet:
    """The port `Fleet` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lines(self, windows: int) -> list[Line]:
        with reading(self._engine) as connection:
            known = _Known(connection, windows)
            found = records(connection, select(models), RegisteredModel)
        return [known.line(model) for model in sorted(found, key=lambda model: model.name)]

    def marks(self) -> Mapping[str, object]:
        last = _last_windows()
        newest_runs = select(runs.c.model, runs.c.id, runs.c.state, runs.c.version).where(_is_newest(runs))
        counted = select(triggers.c.model, triggers.c.state, func.count()).group_by(triggers.c.model, triggers.c.state)
        provisional = select(windows.c.model, func.count()).where(windows.c.state == "provisional")
        newest = select(windows.c.model, windows.c.index, windows.c.state, type_coerce(windows.c.performance, AS_TEXT))
        standing = select(alerts.c.model, alerts.c.id, alerts.c.state, alerts.c.updated_at).where(*_standing())
        queries: tuple[Select[tuple[object, ...]], ...] = (
            select(deed_heads.c.model, deed_heads.c.place),
            newest.join(last, and_(windows.c.model == last.c.model, windows.c.index == last.c.last)),
            provisional.group_by(windows.c.model),
            newest_runs,
            counted.order_by(triggers.c.model, triggers.c.state),
            standing.order_by(alerts.c.arrival),
        )
        marks: dict[str, list[object]] = {}
        with reading(self._engine) as connection:
            for name in connection.scalars(select(models.c.name)):
                marks[name] = []
            for place, query in enumerate(queries):
                for row in connection.execute(query):
                    if row[0] in marks:
                        marks[str(row[0])].append((place, *row[1:]))
        return {name: tuple(mark) for name, mark in marks.items()}

    def label_marks(self) -> Mapping[str, object]:
        held = select(quarantines.c.model, func.count(), func.count(quarantines.c.released_at))
        queries: tuple[Select[tuple[object, ...]], ...] = (
            select(sequences.c.model, sequences.c.joined),
            select(audits.c.model, func.max(audits.c.arrival)).group_by(audits.c.model),
            held.group_by(quarantines.c.model),
        )
        marks: dict[str, list[object]] = {}
        with reading(self._engine) as connection:
            for place, query in enumerate(queries):
                for row in connection.execute(query):
                    marks.setdefault(str(row[0]), []).append((place, *row[1:]))
        return {name: tuple(mark) for name, mark in marks.items()}


class _Known:
    """Everything that was read, by model."""

    def __init__(self, connection: Connection, count: int) -> None:
        self._champions = _single(records(connection, select(champions), Champion), lambda one: one.model)
        self._newest, self._drifts = _newest_windows(connection)
        self._levels, self._labelled = _levels(connection, count)
        unresolved = select(alerts).where(*_standing()).order_by(alerts.c.opened_at, alerts.c.arrival)
        self._alerts = _grouped(records(connection, unresolved, Alert), lambda one: one.model)
        newest = records(connection, select(runs).where(_is_newest(runs)), TrainingRun)
        self._runs = _single(newest, lambda one: one.model)
        about = select(decisions).where(decisions.c.run_id.in_([run.id for run in newest]))
        oldest_first = records(connection, about.order_by(decisions.c.at, decisions.c.arrival), PromotionDecision)
        self._decisions = _single(oldest_first, lambda one: one.run_id)
        self._spent = self._spending(connection)

    def line(self, model: RegisteredModel) -> Line:
        name = model.name
        last_run = self._runs.get(name)
        return Line(
            model=model,
            champion=self._champions.get(name),
            newest=self._newest.get(name),
            drift=self._drifts.get(name),
            levels=tuple(self._levels.get(name, ())),
            labelled=self._labelled.get(name),
            alerts=tuple(self._alerts.get(name, ())),
            last_run=last_run,
            last_decision=self._decisions.get(last_run.id) if last_run else None,
            spent=self._spent.get(name),
        )

    def _spending(self, connection: Connection) -> dict[str, Spent]:
        """One sum for each month that is some model's present one; nearly always there is one."""
        newest = select(costs.c.model, costs.c.at, costs.c.currency).where(_is_newest(costs))
        entries = records(connection, newest, _Entry)
        months: dict[datetime, list[_Entry]] = defaultdict(list)
        for entry in entries:
            known = [entry.at]
            known += [self._newest[entry.model].end] if entry.model in self._newest else []
            known += [self._runs[entry.model].at] if entry.model in self._runs else []
            months[month_start(max(known))].append(entry)
        spent = {}
        for start, of_month in months.items():
            within = select(costs.c.model, func.coalesce(func.sum(costs.c.amount), 0.0))
            within = within.where(costs.c.at >= start, costs.c.at < month_end(start)).group_by(costs.c.model)
            amounts = dict(connection.execute(within).tuples().all())
            for one in of_month:
                amount = float(amounts.get(one.model, 0.0))
                spent[one.model] = Spent(start=start, amount=amount, currency=one.currency)
        return spent


def _standing() -> tuple[ColumnElement[bool], ...]:
    return IS_UNRESOLVED, alerts.c.state != "pending"


def _is_newest(table: Table) -> ColumnElement[bool]:
    """Whether a row is the last of its model, by event time; found for each model by one look into the index."""
    other = table.alias()
    last = select(other.c.arrival).where(other.c.model == models.c.name)
    last = last.order_by(other.c.at.desc(), other.c.arrival.desc()).limit(1)
    return table.c.arrival.in_(select(last.correlate(models).scalar_subquery()).select_from(models))


def _last_windows() -> Subquery:
    """(model, last): the index of each model's newest window."""
    return select(windows.c.model, func.max(windows.c.index).label("last")).group_by(windows.c.model).subquery()


def _newest_windows(connection: Connection) -> tuple[dict[str, Window], dict[str, DriftGlance]]:
    last = _last_windows()
    at_end = and_(windows.c.model == last.c.model, windows.c.index == last.c.last)
    found = records(connection, select(*OUTLINE).join(last, at_end), Window)
    drift = select(windows.c.model, windows.c.index, type_coerce(windows.c.drift, AS_TEXT)).join(last, at_end)
    drifts = {model: glance(model, index, text) for model, index, text in connection.execute(drift) if text is not None}
    return {window.model: window for window in found}, drifts


def _levels(connection: Connection, count: int) -> tuple[dict[str, list[Level]], dict[str, tuple[int, int]]]:
    last = _last_windows()
    among = and_(windows.c.model == last.c.model, windows.c.index > last.c.last - count)
    text = type_coerce(windows.c.performance, AS_TEXT)
    query = select(windows.c.model, windows.c.index, text).join(last, among).order_by(windows.c.model, windows.c.index)
    levels: dict[str, list[Level]] = defaultdict(list)
    labelled = {}
    for model, index, said in connection.execute(query):
        if said is None:
            continue
        try:
            figures = _performance.decode(said)
        except msgspec.MsgspecError as error:
            raise DataError(
                f"window {index} of {model} has a performance report that cannot be read ({error}): restore a backup"
            ) from error
        if figures.kind == "measured":
            levels[model].append(Level(index=index, value=figures.value, low=figures.low, high=figures.high))
            labelled[model] = figures.labelled, figures.rows
    return levels, labelled


def _single(found: Iterable[R], key: Callable[[R], str | None]) -> dict[str | None, R]:
    """The last one of each key."""
    return {key(one): one for one in found}


def _grouped(found: Sequence[R], key: Callable[[R], str]) -> dict[str, list[R]]:
    groups: dict[str, list[R]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one)
    return groups
