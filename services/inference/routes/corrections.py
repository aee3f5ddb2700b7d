"""What was corrected: labels by people, mistakes by retrainings, and the tests that corrected mistakes became."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter

from infra.domain.corrections import CorrectedRow, CorrectionLedger, CorrectionTest, TestState
from infra.stores.refusals import no_ledger
from services.inference.asking import registered
from services.inference.openapi import problems
from services.inference.roles import requires
from services.inference.routes.reading import Limit, Offset
from services.inference.schemas import Correction, Page
from services.inference.service import Service


class CorrectionsPage(Page[Correction]):
    """Labels that contradicted earlier ones. Beside them, paged alike, what retrainings corrected, newest first."""

    ledgers: list[CorrectionLedger]
    tests: dict[TestState, int]
    """How the tests that are asked of every candidate stand."""


class LedgerPage(Page[CorrectedRow]):
    """The ledger of one run, and its kept rows, the most telling first."""

    ledger: CorrectionLedger


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(prefix="/v1/models", tags=["reading"], responses=problems(404, 422, 503))
    ports = service.ports

    @routes.get("/{model}/corrections", dependencies=[requires("read")])
    def corrections(model: str, limit: Limit = 50, offset: Offset = 0) -> CorrectionsPage:
        name = registered(service, model).name
        pairs = ports.labels.corrections(name, limit, offset)
        return CorrectionsPage(
            items=[Correction(prediction_id=old.prediction_id, earlier=old, later=new) for old, new in pairs],
            limit=limit,
            offset=offset,
            ledgers=ports.corrections.page(name, limit, offset),
            tests=dict(Counter(test.state for test in ports.standing_tests.asked(name))),
        )

    @routes.get("/{model}/runs/{run}/corrections", dependencies=[requires("read")])
    def of_run(model: str, run: str, limit: Limit = 50, offset: Offset = 0) -> LedgerPage:
        name, ledger = registered(service, model).name, ports.corrections.get(run)
        if ledger.model != name:
            raise no_ledger(run)
        return LedgerPage(items=ports.corrections.rows(run, limit, offset), limit=limit, offset=offset, ledger=ledger)

    @routes.get("/{model}/tests", dependencies=[requires("read")])
    def tests(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[CorrectionTest]:
        name = registered(service, model).name
        return Page(items=ports.standing_tests.page(name, limit, offset), limit=limit, offset=offset)

    return routes
