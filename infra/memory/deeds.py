"""An in-memory chained record."""

from __future__ import annotations

import threading

from infra.domain.deeds import BEGINNING, Deed, Head, Link, link_after
from infra.stores.records import kept


class MemoryDeeds:
    """The port `Deeds`; the other doubles put their deeds in here."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._chains: dict[str, list[Link]] = {}

    def add(self, deed: Deed) -> Link:
        with self._lock:
            link = link_after(self.head(deed.model), kept(deed))
            self._chains.setdefault(deed.model, []).append(link)
        return link

    def note(self, deed: Deed | None) -> None:
        """Add it when there is one."""
        if deed is not None:
            self.add(deed)

    def head(self, model: str) -> Head:
        with self._lock:
            chain = self._chains.get(model)
            return Head(place=chain[-1].place, hash=chain[-1].hash) if chain else BEGINNING

    def after(self, model: str, place: int, limit: int) -> list[Link]:
        with self._lock:
            return self._chains.get(model, [])[place : place + limit]

    def page(self, model: str, limit: int, offset: int = 0) -> list[Link]:
        with self._lock:
            return self._chains.get(model, [])[::-1][offset : offset + limit]

    def about(self, model: str, subjects: list[str]) -> dict[str, Link]:
        with self._lock:
            return {link.deed.subject: link for link in self._chains.get(model, []) if link.deed.subject in subjects}

    def models(self) -> list[str]:
        with self._lock:
            return sorted(self._chains)
