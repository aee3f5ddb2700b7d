"""In-memory models and windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from infra.domain.deeds import Deed
from infra.domain.windows import DriftGlance, Window, glance_at
from infra.memory.deeds import MemoryDeeds
from infra.memory.shelf import Shelf
from infra.ports import RegisteredModel
from infra.stores.refusals import no_model, no_window


class MemoryModels:
    """The port `Models`."""

    def __init__(self, deeds: MemoryDeeds | None = None) -> None:
        self._shelf: Shelf[RegisteredModel] = Shelf()
        self._deeds = deeds or MemoryDeeds()

    def save(self, model: RegisteredModel, deed: Deed | None = None) -> None:
        self._shelf.put(model.name, model)
        self._deeds.note(deed)

    def get(self, name: str) -> RegisteredModel:
        found = self._shelf.get(name)
        if found is None:
            raise no_model(name, [model.name for model in self.all()])
        return found

    def all(self) -> list[RegisteredModel]:
        return sorted(self._shelf.all(), key=lambda model: model.name)


class MemoryWindows:
    """The port `Windows`."""

    def __init__(self) -> None:
        self._shelf: Shelf[Window] = Shelf()

    def save(self, window: Window) -> None:
        self._shelf.put((window.model, window.index), window)

    def last(self, model: str) -> Window | None:
        newest = self.page(model, 1)
        return newest[0] if newest else None

    def provisional(self, model: str) -> list[Window]:
        waiting = self._shelf.all(lambda window: window.model == model and window.state == "provisional")
        return sorted(waiting, key=lambda window: window.index)

    def unheard(self, model: str) -> list[Window]:
        found = self._shelf.all(lambda one: one.model == model and one.state == "final" and one.feedback is None)
        return sorted(found, key=lambda window: window.index)

    def page(self, model: str, limit: int, offset: int = 0) -> list[Window]:
        of_model = self._shelf.all(lambda window: window.model == model)
        return sorted(of_model, key=lambda window: -window.index)[offset : offset + limit]

    def spans(self, model: str, limit: int) -> list[tuple[datetime, datetime]]:
        return [(window.start, window.end) for window in self.page(model, limit)]

    def get(self, model: str, index: int) -> Window:
        found = self._shelf.get((model, index))
        if found is None:
            raise no_window(model, index)
        return found

    def glances(self, model: str, limit: int, offset: int = 0) -> list[Window]:
        return [replace(window, drift=None) for window in self.page(model, limit, offset)]

    def drifts(self, model: str, limit: int, offset: int = 0) -> list[DriftGlance]:
        page = self.page(model, limit, offset)
        return [glance_at(window.index, window.drift) for window in page if window.drift is not None]
