"""In-memory quarantines, audits and states of the alarms."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from infra.domain.deeds import Deed
from infra.domain.labelling import AlarmState, Audit, Joined, Quarantine
from infra.memory.deeds import MemoryDeeds
from infra.memory.predictions import Ledger
from infra.memory.shelf import Shelf
from infra.stores.refusals import no_quarantine


class MemoryQuarantines:
    """The port `Quarantines` beside the ledger whose labels it holds back."""

    def __init__(self, ledger: Ledger, deeds: MemoryDeeds | None = None) -> None:
        self._ledger, self._deeds = ledger, deeds or MemoryDeeds()
        self._shelf: Shelf[Quarantine] = Shelf()

    def save(self, quarantine: Quarantine, deed: Deed | None = None) -> None:
        self._shelf.put(quarantine.id, quarantine)
        self._deeds.note(deed)

    def get(self, quarantine_id: str) -> Quarantine:
        found = self._shelf.get(quarantine_id)
        if found is None:
            raise no_quarantine(quarantine_id)
        return found

    def standing(self, model: str) -> list[Quarantine]:
        return self._shelf.oldest_first(attrgetter("at"), lambda held: held.model == model and held.released_at is None)

    def held_back(self, model: str, ids: Sequence[str]) -> set[str]:
        standing = self.standing(model)
        with self._ledger.lock:
            current = {joined.label.prediction_id: joined for joined in self._ledger.joined.get(model, ())}
        return {name for name in ids if name in current and any(_holds(held, current[name]) for held in standing)}

    def page(self, model: str, limit: int, offset: int = 0) -> list[Quarantine]:
        newest_first = self._shelf.newest_first(attrgetter("at"), lambda held: held.model == model)
        return newest_first[offset : offset + limit]


class MemoryAudits:
    """The port `Audits`."""

    def __init__(self) -> None:
        self._shelf: Shelf[Audit] = Shelf()

    def add(self, audits: Sequence[Audit]) -> None:
        for audit in audits:
            self._shelf.put_new((audit.model, audit.prediction_id), audit)

    def asked(self, model: str, ids: Sequence[str]) -> dict[str, Audit]:
        found = {name: self._shelf.get((model, name)) for name in ids}
        return {name: audit for name, audit in found.items() if audit is not None}

    def page(self, model: str, limit: int, offset: int = 0) -> list[Audit]:
        newest_first = self._shelf.newest_first(attrgetter("asked_at"), lambda audit: audit.model == model)
        return newest_first[offset : offset + limit]


class MemoryAlarmStates:
    """The port `AlarmStates`."""

    def __init__(self) -> None:
        self._shelf: Shelf[AlarmState] = Shelf()

    def get(self, model: str) -> AlarmState | None:
        return self._shelf.get(model)

    def save(self, state: AlarmState) -> None:
        with self._shelf.lock:
            before = self._shelf.get(state.model)
            if before is None or before.decision_id != state.decision_id or before.place <= state.place:
                self._shelf.put(state.model, state)


def _holds(held: Quarantine, joined: Joined) -> bool:
    return held.first_place <= joined.place <= held.last_place and held.source in (None, joined.label.source)
