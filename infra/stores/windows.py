"""Windows in the database. Knows nothing of how they were cut or measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import ColumnElement, Engine, Select, Text, select, type_coerce
from sqlalchemy.types import TypeEngine

from infra.domain.errors import DataError
from infra.domain.windows import DriftGlance, Window, weighed_share
from infra.stores.records import to_row
from infra.stores.refusals import no_window
from infra.stores.rows import records, replace
from infra.tables import IS_UNHEARD, windows
from infra.transactions import reading, writing

AS_TEXT = cast("TypeEngine[object]", Text())
OUTLINE = [column for column in windows.c if column.name != "drift"]


class _Column(msgspec.Struct):
    """What a glance needs of a `ColumnDrift`; the rest of the text is passed over."""

    column: str
    role: str
    effect: float
    drifted: bool
    weight: float = 1.0


class _Report(msgspec.Struct):
    columns: list[_Column]


_glancing = msgspec.json.Decoder(_Report)


class SqlWindows:
    """The port `Windows` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, window: Window) -> None:
        with writing(self._engine) as connection:
            replace(connection, windows, ["model", "index"], to_row(window))

    def last(self, model: str) -> Window | None:
        newest = self.page(model, 1)
        return newest[0] if newest else None

    def provisional(self, model: str) -> list[Window]:
        return self._found(_in_state("provisional", model))

    def unheard(self, model: str) -> list[Window]:
        return self._found(_in_state("final", model).where(IS_UNHEARD))

    def page(self, model: str, limit: int, offset: int = 0) -> list[Window]:
        return self._found(_newest([*windows.c], model, limit, offset))

    def spans(self, model: str, limit: int) -> list[tuple[datetime, datetime]]:
        with reading(self._engine) as connection:
            found = connection.execute(_newest([windows.c.start, windows.c.end], model, limit, 0))
            return [(start, end) for start, end in found]

    def get(self, model: str, index: int) -> Window:
        found = self._found(select(windows).where(windows.c.model == model, windows.c.index == index))
        if not found:
            raise no_window(model, index)
        return found[0]

    def glances(self, model: str, limit: int, offset: int = 0) -> list[Window]:
        return self._found(_newest(OUTLINE, model, limit, offset))

    def drifts(self, model: str, limit: int, offset: int = 0) -> list[DriftGlance]:
        query = _newest([windows.c.index, type_coerce(windows.c.drift, AS_TEXT)], model, limit, offset)
        with reading(self._engine) as connection:
            found = connection.execute(query).all()
        return [glance(model, index, text) for index, text in found if text is not None]

    def _found(self, query: Select[tuple[object, ...]]) -> list[Window]:
        with reading(self._engine) as connection:
            return records(connection, query, Window)


def _in_state(state: str, model: str) -> Select[tuple[object, ...]]:
    of_model = select(windows).where(windows.c.model == model, windows.c.state == state)
    return of_model.order_by(windows.c.index)


def _newest(
    columns: Sequence[ColumnElement[object]], model: str, limit: int, offset: int
) -> Select[tuple[object, ...]]:
    of_model = select(*columns).where(windows.c.model == model)
    return of_model.order_by(windows.c.index.desc()).limit(limit).offset(offset)


def glance(model: str, index: int, text: str) -> DriftGlance:
    """The kept text of a drift report, seen from afar. Raises DataError when it cannot be read."""
    try:
        columns = _glancing.decode(text).columns
    except msgspec.MsgspecError as error:
        raise DataError(
            f"window {index} of {model} has a drift report that cannot be read ({error}): restore a backup"
        ) from error
    return DriftGlance(
        index=index,
        effects={one.column: one.effect for one in columns},
        drifted=frozenset(one.column for one in columns if one.drifted),
        share=weighed_share((one.weight, one.drifted) for one in columns if one.role != "prediction"),
    )
