"""Registered models in the database. Knows nothing of what a model file means."""

from __future__ import annotations

from sqlalchemy import Engine, select

from infra.domain.deeds import Deed
from infra.ports import RegisteredModel
from infra.stores.deeds import note
from infra.stores.records import to_row
from infra.stores.refusals import no_model
from infra.stores.rows import records, replace
from infra.tables import models
from infra.transactions import reading, writing


class SqlModels:
    """The port `Models` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, model: RegisteredModel, deed: Deed | None = None) -> None:
        with writing(self._engine) as connection:
            replace(connection, models, ["name"], to_row(model))
            note(connection, deed)

    def get(self, name: str) -> RegisteredModel:
        with reading(self._engine) as connection:
            found = records(connection, select(models).where(models.c.name == name), RegisteredModel)
        if not found:
            raise no_model(name, [model.name for model in self.all()])
        return found[0]

    def all(self) -> list[RegisteredModel]:
        with reading(self._engine) as connection:
            found = records(connection, select(models), RegisteredModel)
        return sorted(found, key=lambda model: model.name)  # here, since databases collate text differently
