"""In-memory API keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from infra.domain.access import ApiKey
from infra.domain.deeds import Deed
from infra.domain.values import require_utc
from infra.memory.deeds import MemoryDeeds
from infra.memory.shelf import Shelf
from infra.stores.refusals import no_key, taken_key


class MemoryKeys:
    """The port `Keys`."""

    def __init__(self, deeds: MemoryDeeds | None = None) -> None:
        self._shelf: Shelf[ApiKey] = Shelf()
        self._deeds = deeds or MemoryDeeds()

    def add(self, key: ApiKey, deed: Deed | None = None) -> None:
        with self._shelf.lock:
            if self._valid(key.name) or self._shelf.get(key.id) is not None:
                raise taken_key(key)
            self._shelf.put(key.id, key)
            self._deeds.note(deed)

    def all(self) -> list[ApiKey]:
        return self._shelf.oldest_first(attrgetter("created_at"), lambda _key: True)

    def revoke(self, name: str, at: datetime, deed: Deed | None = None) -> ApiKey:
        with self._shelf.lock:
            valid = self._valid(name)
            if not valid:
                raise no_key(name)
            revoked = replace(valid[0], revoked_at=require_utc(at, "time of revocation"))
            self._shelf.put(revoked.id, revoked)
            self._deeds.note(deed)
        return revoked

    def _valid(self, name: str) -> list[ApiKey]:
        return self._shelf.all(lambda key: key.name == name and key.revoked_at is None)
