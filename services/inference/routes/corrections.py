"""What was corrected: labels by people, mistakes by retrainings, and the tests that corrected mistakes became."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from infra.domain.corrections import CorrectedRow, CorrectionLedger, CorrectionTest, TestState
from infra.stores.refusals import no_ledger
from infra.vouching import vouch_by_hand, withdraw_by_hand
from services.inference.access import Principal
from services.inference.asking import registered
from services.inference.body import StrictRoute
from services.inference.openapi import problems
from services.inference.roles import requires
from services.inference.routes.acting import actor_of
from services.inference.routes.reading import Limit, Offset
from services.inference.schemas import NO_NUL, Correction, Page, RollbackRequest
from services.inference.service import Service

Operator = Annotated[Principal, requires("operate")]
_ROW = "The id of the row's prediction."
_RUN = "The training whose ledger has the row; `GET …/runs` names them."
Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]


class CorrectionsPage(Page[Correction]):
    """Labels that contradicted earlier ones. Beside them, paged alike, what retrainings corrected, newest first."""

    ledgers: list[CorrectionLedger]
    tests: dict[TestState, int]
    """How the tests that are asked of every candidate stand."""


class LedgerPage(Page[CorrectedRow]):
    """The ledger of one run, and its kept rows, the most telling first."""

    ledger: CorrectionLedger


class WithdrawRequest(RollbackRequest):
    """A person's wish that no candidate is asked about a row any more."""

    id: Annotated[Identifier, Field(description=_ROW)]


class VouchRequest(WithdrawRequest):
    """A person's wish that every later candidate is asked about a row of a run's ledger."""

    run: Annotated[Identifier, Field(description=_RUN)]


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(
        prefix="/v1/models", tags=["reading"], route_class=StrictRoute, responses=problems(404, 422, 503)
    )
    _add_reading(routes, service)
    _add_acting(routes, service)
    return routes


def _add_reading(routes: APIRouter, service: Service) -> None:
    ports = service.ports

    @routes.get(
        "/{model}/corrections", dependencies=[requires("read")], summary="What people and retrainings corrected"
    )
    def corrections(model: str, limit: Limit = 50, offset: Offset = 0) -> CorrectionsPage:
        """Labels that contradict earlier ones; the ledgers of retrainings; and how many tests stand in which state."""
        name = registered(service, model).name
        pairs = ports.labels.corrections(name, limit, offset)
        return CorrectionsPage(
            items=[Correction(prediction_id=old.prediction_id, earlier=old, later=new) for old, new in pairs],
            limit=limit,
            offset=offset,
            ledgers=ports.corrections.page(name, limit, offset),
            tests=dict(Counter(test.state for test in ports.standing_tests.asked(name))),
        )

    @routes.get(
        "/{model}/runs/{run}/corrections", dependencies=[requires("read")], summary="Which mistakes one run corrected"
    )
    def of_run(model: str, run: str, limit: Limit = 50, offset: Offset = 0) -> LedgerPage:
        """Counts over all rows, which layers were to blame and moved, and the most telling rows whole."""
        name, ledger = registered(service, model).name, ports.corrections.get(run)
        if ledger.model != name:
            raise no_ledger(run)
        return LedgerPage(items=ports.corrections.rows(run, limit, offset), limit=limit, offset=offset, ledger=ledger)

    @routes.get("/{model}/tests", dependencies=[requires("read")], summary="Rows that every later candidate is asked")
    def tests(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[CorrectionTest]:
        """Corrected mistakes, and those that a person made a test; ended ones stay listed with what ended them."""
        name = registered(service, model).name
        return Page(items=ports.standing_tests.page(name, limit, offset), limit=limit, offset=offset)


def _add_acting(routes: APIRouter, service: Service) -> None:
    acting, ports = problems(400, 409, 413, 415), service.ports

    @routes.post("/{model}/tests", responses=acting, summary="Ask every later candidate about a corrected row")
    def vouch(model: str, said: VouchRequest, who: Operator) -> CorrectionTest:
        """It is asked as long as its label stands; what became a test by itself ends by age."""
        at, name = said.time or service.clock(), registered(service, model).name
        return vouch_by_hand(ports, name, said.run, said.id, actor=actor_of(who, said), reason=said.reason, at=at)

    @routes.post("/{model}/tests/withdraw", responses=acting, summary="Ask no candidate about a row any more")
    def withdraw(model: str, said: WithdrawRequest, who: Operator) -> CorrectionTest:
        """However it became a test."""
        at, name = said.time or service.clock(), registered(service, model).name
        return withdraw_by_hand(ports, name, said.id, actor=actor_of(who, said), reason=said.reason, at=at)
