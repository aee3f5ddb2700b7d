"""The record: what was decided, who did what, and whether the chain that holds it together is whole."""

from __future__ import annotations

from fastapi import APIRouter

from infra.domain.deeds import Link, RecordedDecision, Verified, recorded
from infra.explaining import Explanation, explain
from infra.verifying import verify_record
from monitoring.readiness.scoring import Readiness
from services.accounts.readiness import readiness_of
from services.inference.asking import registered
from services.inference.openapi import problems
from services.inference.roles import requires
from services.inference.routes.reading import Limit, Offset
from services.inference.schemas import Page
from services.inference.service import Service


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(prefix="/v1/models", tags=["reading"], responses=problems(404, 422, 503))
    ports = service.ports

    @routes.get("/{model}/decisions", dependencies=[requires("read")], summary="Who serves, and why: every decision")
    def decisions(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[RecordedDecision]:
        """Promotions, rejections, roll-backs and probations with all their reasons, and their links in the chain."""
        name = registered(service, model).name
        found = ports.decisions.page(name, limit, offset)
        links = ports.deeds.about(name, [decision.id for decision in found])
        items = [recorded(decision, links.get(decision.id)) for decision in found]
        return Page(items=items, limit=limit, offset=offset)

    @routes.get("/{model}/deeds", dependencies=[requires("read")], summary="Who did what, as a chain of hashes")
    def deeds(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[Link]:
        """Each link holds one deed and the hash of the link before it, so that a changed record shows."""
        items = ports.deeds.page(registered(service, model).name, limit, offset)
        return Page(items=items, limit=limit, offset=offset)

    @routes.get("/{model}/audit", dependencies=[requires("read")], summary="Whether the chained record still holds")
    def audit(model: str) -> Verified:
        """A head is worth noting elsewhere: `keepsharp audit verify --head` holds the record to it."""
        return verify_record(ports, registered(service, model).name)

    @routes.get("/{model}/predictions/{prediction_id}", dependencies=[requires("read")], summary="Explain one answer")
    def explained(model: str, prediction_id: str) -> Explanation:
        """Which version gave it, what that was trained on, who let it serve and why, and what came of it."""
        return explain(ports, registered(service, model).name, prediction_id)

    @routes.get("/{model}/readiness", dependencies=[requires("read")], summary="How ready it is, by what can be shown")
    def readiness(model: str) -> Readiness:
        """The 28 tests of the ML Test Score (Breck et al. 2017); the score is that of the lowest section."""
        return readiness_of(ports, registered(service, model).name)

    return routes
