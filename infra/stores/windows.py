"""Windows in the database. Knows nothing of how they were cut or measured."""

from __future__ import annotations

from sqlalchemy import Engine, Select, select

from infra.domain.windows import Window
from infra.stores.records import to_row
from infra.stores.rows import records, replace
from infra.tables import windows
from infra.transactions import reading, writing


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
        waiting = select(windows).where(windows.c.model == model, windows.c.state == "provisional")
        return self._found(waiting.order_by(windows.c.index))

    def page(self, model: str, limit: int, offset: int = 0) -> list[Window]:
        of_model = select(windows).where(windows.c.model == model)
        return self._found(of_model.order_by(windows.c.index.desc()).limit(limit).offset(offset))

    def _found(self, query: Select[tuple[object, ...]]) -> list[Window]:
        with reading(self._engine) as connection:
            return records(connection, query, Window)
