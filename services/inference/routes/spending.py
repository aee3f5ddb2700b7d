"""What models cost, and the retrainings that a budget holds back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from infra.domain.alerts import Trigger, TriggerState
from infra.domain.costs import CostEntry
from infra.ledger.book import CostBook
from infra.ledger.summing import By
from services.inference.asking import registered
from services.inference.openapi import problems
from services.inference.roles import requires
from services.inference.routes.reading import IN_STATE, Limit, Offset
from services.inference.schemas import CostsAnswer, Page
from services.inference.service import Service

Grouping = Annotated[By, Query(description="What the sums are of.")]


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes, ports = APIRouter(prefix="/v1", tags=["reading"], responses=problems(404, 422, 503)), service.ports
    book = CostBook(ports)

    @routes.get("/models/{model}/triggers", dependencies=[requires("read")], summary="Reasons to retrain")
    def triggers(
        model: str, limit: Limit = 50, offset: Offset = 0, state: Annotated[TriggerState | None, IN_STATE] = None
    ) -> Page[Trigger]:
        """Newest first; those `held` wait for a person's approval."""
        name = registered(service, model).name
        if state is None:
            found = ports.triggers.page(name, limit, offset)
        else:
            found = ports.triggers.in_state(name, state)[::-1][offset : offset + limit]
        return Page(items=found, limit=limit, offset=offset)

    @routes.get("/models/{model}/costs", dependencies=[requires("read")], summary="Every entry of the ledger")
    def costs(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[CostEntry]:
        """What was used, measured or assumed, its rate and its price; null where nothing prices it."""
        found = ports.costs.page(registered(service, model).name, limit, offset)
        return Page(items=found, limit=limit, offset=offset)

    @routes.get("/models/{model}/costs/summary", dependencies=[requires("read")], summary="What a model cost")
    def summary(model: str, by: Grouping = "stage") -> CostsAnswer:
        """The ledger added up, each currency by itself."""
        return _summed(book, registered(service, model).name, by)

    @routes.get("/costs", dependencies=[requires("read")], summary="What all models cost")
    def fleet(by: Grouping = "model") -> CostsAnswer:
        """The ledgers of all models added up, each currency by itself."""
        return _summed(book, None, by)

    return routes


def _summed(book: CostBook, model: str | None, by: By) -> CostsAnswer:
    tally = book.tally(model)
    return CostsAnswer(
        model=model,
        by=by,
        entries=tally.entries,
        total=tally.total(),
        sums=book.sums(model, by, tally),
        quantities={str(unit): found for unit, found in tally.quantities().items()},
    )
