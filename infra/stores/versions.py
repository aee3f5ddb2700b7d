"""Bundles, versions and champions in the database. Knows nothing of networks: a bundle is text and bytes."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from infra.domain.decisions import Candidate, Champion, PromotionDecision
from infra.stores.decisions import record_decision
from infra.stores.leases import refuse_fenced
from infra.stores.records import to_row
from infra.stores.refusals import check_crown, no_bundle, no_version, taken_version
from infra.stores.rows import keep_first, records, replace
from infra.tables import bundles, candidates, champions
from infra.transactions import reading, writing


class SqlVersions:
    """The port `Versions` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, candidate: Candidate, config: str, weights: bytes, fencing_token: int | None = None) -> None:
        try:
            with writing(self._engine) as connection:
                refuse_fenced(connection, candidate.model, fencing_token)
                bundle = {"sha256": candidate.sha256, "config": config, "weights": weights}
                keep_first(connection, bundles, ["sha256"], [bundle])
                connection.execute(insert(candidates), to_row(candidate))
        except IntegrityError as error:
            raise taken_version(candidate) from error

    def next_version(self, model: str) -> int:
        with reading(self._engine) as connection:
            newest = connection.scalar(select(func.max(candidates.c.version)).where(candidates.c.model == model))
        return (newest or 0) + 1

    def get(self, model: str, version: int) -> Candidate:
        with reading(self._engine) as connection:
            return _candidate(connection, model, version)

    def all(self, model: str) -> list[Candidate]:
        query = select(candidates).where(candidates.c.model == model).order_by(candidates.c.version)
        with reading(self._engine) as connection:
            return records(connection, query, Candidate)

    def bundle(self, sha256: str) -> tuple[str, bytes]:
        with reading(self._engine) as connection:
            found = connection.execute(select(bundles).where(bundles.c.sha256 == sha256)).one_or_none()
        if found is None:
            raise no_bundle(sha256)
        return found.config, bytes(found.weights)

    def champion(self, model: str) -> Champion | None:
        with reading(self._engine) as connection:
            found = records(connection, select(champions).where(champions.c.model == model), Champion)
        return found[0] if found else None

    def champions(self) -> list[Champion]:
        with reading(self._engine) as connection:
            found = records(connection, select(champions), Champion)
        return sorted(found, key=lambda champion: champion.model)

    def crown(self, champion: Champion, decision: PromotionDecision, fencing_token: int | None = None) -> None:
        with writing(self._engine) as connection:
            refuse_fenced(connection, champion.model, fencing_token)
            check_crown(champion, _candidate(connection, champion.model, champion.version))
            replace(connection, champions, ["model"], to_row(champion))
            record_decision(connection, decision)


def _candidate(connection: Connection, model: str, version: int) -> Candidate:
    query = select(candidates).where(candidates.c.model == model, candidates.c.version == version)
    found = records(connection, query, Candidate)
    if not found:
        raise no_version(model, version)
    return found[0]
