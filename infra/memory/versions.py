"""In-memory versions, decisions and leases: one court, since a coronation touches all three."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from infra.domain.decisions import Candidate, Champion, PromotionDecision
from infra.domain.deeds import deed_of
from infra.memory.deeds import MemoryDeeds
from infra.memory.shelf import Shelf
from infra.ports import Lease
from infra.stores.leasing import Standing, check_token, decide_acquire, decide_renew
from infra.stores.records import kept
from infra.stores.refusals import (
    check_crown,
    no_bundle,
    no_version,
    second_decision,
    taken_version,
)


@dataclass
class Court:
    """What a coronation touches, under one lock."""

    deeds: MemoryDeeds
    lock: threading.RLock = field(default_factory=threading.RLock)
    bundles: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    candidates: Shelf[Candidate] = field(default_factory=Shelf)
    champions: Shelf[Champion] = field(default_factory=Shelf)
    decisions: Shelf[PromotionDecision] = field(default_factory=Shelf)
    leases: dict[str, Standing] = field(default_factory=dict)

    def refuse_fenced(self, model: str, token: int | None) -> None:
        """Let only the newest lease act; without a token all may."""
        if token is not None:
            check_token(model, token, self.leases.get(model))

    def record(self, decision: PromotionDecision) -> None:
        """Keep the decision, once; raises Conflict when another has its id."""
        is_new = self.decisions.get(decision.id) is None
        standing = self.decisions.put_new(decision.id, decision)
        if standing != kept(decision):
            raise second_decision(decision)
        if is_new:
            self.deeds.add(deed_of(standing))


class MemoryVersions:
    """The port `Versions`."""

    def __init__(self, court: Court) -> None:
        self._court = court

    def add(self, candidate: Candidate, config: str, weights: bytes, fencing_token: int | None = None) -> None:
        key = (candidate.model, candidate.version)
        with self._court.lock:
            self._court.refuse_fenced(candidate.model, fencing_token)
            if self._court.candidates.get(key) is not None:
                raise taken_version(candidate)
            self._court.bundles.setdefault(candidate.sha256, (config, bytes(weights)))
            self._court.candidates.put(key, candidate)

    def next_version(self, model: str) -> int:
        return max((candidate.version for candidate in self.all(model)), default=0) + 1

    def get(self, model: str, version: int) -> Candidate:
        found = self._court.candidates.get((model, version))
        if found is None:
            raise no_version(model, version)
        return found

    def all(self, model: str) -> list[Candidate]:
        of_model = self._court.candidates.all(lambda candidate: candidate.model == model)
        return sorted(of_model, key=lambda candidate: candidate.version)

    def bundle(self, sha256: str) -> tuple[str, bytes]:
        with self._court.lock:
            if sha256 not in self._court.bundles:
                raise no_bundle(sha256)
            return self._court.bundles[sha256]

    def champion(self, model: str) -> Champion | None:
        return self._court.champions.get(model)

    def champions(self) -> list[Champion]:
        return sorted(self._court.champions.all(), key=lambda champion: champion.model)

    def crown(self, champion: Champion, decision: PromotionDecision, fencing_token: int | None = None) -> None:
        with self._court.lock:
            self._court.refuse_fenced(champion.model, fencing_token)
            check_crown(champion, self.get(champion.model, champion.version))
            self._court.record(decision)
            self._court.champions.put(champion.model, champion)


class MemoryDecisions:
    """The port `Decisions`. A decision is never changed; the same one again is taken as a retry."""

    def __init__(self, court: Court) -> None:
        self._court = court

    def add(self, decision: PromotionDecision, fencing_token: int | None = None) -> None:
        with self._court.lock:
            self._court.refuse_fenced(decision.model, fencing_token)
            self._court.record(decision)

    def page(self, model: str, limit: int, offset: int = 0) -> list[PromotionDecision]:
        newest_first = self._court.decisions.newest_first(attrgetter("at"), lambda decision: decision.model == model)
        return newest_first[offset : offset + limit]


class MemoryLeases:
    """The port `Leases`."""

    def __init__(self, court: Court) -> None:
        self._court = court

    def acquire(
        self, model: str, holder: str, now: datetime, seconds: float, is_gone: Callable[[str], bool] = lambda _: False
    ) -> Lease:
        with self._court.lock:
            standing = self._court.leases.get(model)
            return self._stand(decide_acquire(model, holder, now, seconds, standing, is_gone))

    def renew(self, lease: Lease, now: datetime, seconds: float) -> Lease:
        with self._court.lock:
            return self._stand(decide_renew(lease, now, seconds, self._court.leases.get(lease.model)))

    def release(self, lease: Lease) -> None:
        with self._court.lock:
            standing = self._court.leases.get(lease.model)
            if standing is not None and standing.token == lease.token:
                nobody = Standing(holder=None, token=lease.token, expires_at=standing.expires_at)
                self._court.leases[lease.model] = nobody

    def _stand(self, lease: Lease) -> Lease:
        standing = Standing(holder=lease.holder, token=lease.token, expires_at=lease.expires_at)
        self._court.leases[lease.model] = standing
        return lease
