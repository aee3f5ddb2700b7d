"""Promotion decisions in the database. Knows nothing of how they were reached."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, select

from infra.domain.decisions import PromotionDecision
from infra.domain.deeds import deed_of
from infra.stores.deeds import chain, lock_chain
from infra.stores.leases import refuse_fenced
from infra.stores.records import kept, to_row
from infra.stores.refusals import second_decision
from infra.stores.rows import keep_first, records
from infra.tables import decisions
from infra.transactions import reading, writing


class SqlDecisions:
    """The port `Decisions` on SQLAlchemy. A decision is never changed; the same one again is taken as a retry."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, decision: PromotionDecision, fencing_token: int | None = None) -> None:
        with writing(self._engine) as connection:
            refuse_fenced(connection, decision.model, fencing_token)
            record_decision(connection, decision)

    def page(self, model: str, limit: int, offset: int = 0) -> list[PromotionDecision]:
        query = select(decisions).where(decisions.c.model == model)
        newest_first = query.order_by(decisions.c.at.desc(), decisions.c.arrival.desc())
        with reading(self._engine) as connection:
            return records(connection, newest_first.limit(limit).offset(offset), PromotionDecision)


def record_decision(connection: Connection, decision: PromotionDecision) -> None:
    """Insert the decision and its link of the model's chain, once.

    Raises:
        Conflict: another decision has its id.
    """
    lock_chain(connection, decision.model)  # before looking: of two that retry at once, one alone adds a link
    of_id = select(decisions).where(decisions.c.id == decision.id)
    is_new = not records(connection, of_id, PromotionDecision)
    keep_first(connection, decisions, ["id"], [to_row(decision)])
    standing = records(connection, of_id, PromotionDecision)[0]
    if standing != kept(decision):
        raise second_decision(decision)
    if is_new:
        chain(connection, deed_of(standing))
