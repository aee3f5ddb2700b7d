"""In-memory ledger of held-out rows."""

from __future__ import annotations

from operator import attrgetter

from infra.domain.holdouts import HoldoutUse
from infra.memory.shelf import Shelf
from infra.memory.versions import Court
from infra.stores.records import kept
from infra.stores.refusals import second_use


class MemoryHoldoutUses:
    """The port `HoldoutUses`."""

    def __init__(self, court: Court) -> None:
        self._shelf: Shelf[HoldoutUse] = Shelf()
        self._court = court

    def add(self, use: HoldoutUse, fencing_token: int | None = None) -> None:
        with self._court.lock:
            self._court.refuse_fenced(use.model, fencing_token)
            if self._shelf.put_new(use.id, use) != kept(use):
                raise second_use(use)

    def page(self, model: str, limit: int, offset: int = 0) -> list[HoldoutUse]:
        newest_first = self._shelf.newest_first(attrgetter("at"), lambda use: use.model == model)
        return newest_first[offset : offset + limit]
