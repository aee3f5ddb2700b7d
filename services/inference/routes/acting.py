"""What a person may do: ask for a retraining, choose the version that serves, look after an alert.

Each is a recorded decision or trigger. The registry is told by the flows, not from here.
"""

from __future__ import annotations

from fastapi import APIRouter

from infra.crowning import Choice, promote_by_hand, roll_back_by_hand
from infra.domain.alerts import Alert, Trigger
from infra.domain.decisions import PromotionDecision
from infra.domain.errors import NotFound
from infra.domain.handover import acknowledged, resolved, silenced
from services.inference.body import StrictRoute
from services.inference.identifiers import time_ordered_id
from services.inference.openapi import problems
from services.inference.problems import clipped
from services.inference.routes.asking import registered
from services.inference.schemas import AlertRequest, PromoteRequest, RetrainRequest, RollbackRequest, SilenceRequest
from services.inference.service import Service

_LONGEST_ALERT_ID = 200


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(
        prefix="/v1", tags=["acting"], route_class=StrictRoute, responses=problems(400, 404, 409, 413, 415, 422, 503)
    )
    _add_model_routes(routes, service)
    _add_alert_routes(routes, service)
    return routes


def _add_model_routes(routes: APIRouter, service: Service) -> None:
    @routes.post("/models/{model}/retrain", status_code=202, summary="Ask for a retraining")
    def retrain(model: str, wish: RetrainRequest) -> Trigger:
        """The wish is kept; the next `retrain` flow answers it, or refuses it with its numbers."""
        at = wish.time or service.clock()
        trigger = Trigger(
            id=time_ordered_id(at),
            model=registered(service, model).name,
            at=at,
            source="person",
            state="requested",
            reason=wish.reason,
            policy="person",
            evidence={"how": wish.how},
            actor=wish.actor,
        )
        service.ports.triggers.save(trigger)
        return trigger

    @routes.post("/models/{model}/promote", summary="Choose the version that serves")
    def promote(model: str, choice: PromoteRequest) -> PromotionDecision:
        registered(service, model)
        return promote_by_hand(service.ports, model, choice.version, _choice(service, choice))

    @routes.post("/models/{model}/rollback", summary="Go back to the version before")
    def rollback(model: str, choice: RollbackRequest) -> PromotionDecision:
        """The version that served before the present champion was promoted serves again."""
        registered(service, model)
        return roll_back_by_hand(service.ports, model, _choice(service, choice))


def _choice(service: Service, said: PromoteRequest | RollbackRequest) -> Choice:
    at = said.time or service.clock()
    return Choice(decision_id=time_ordered_id(at), reason=said.reason, actor=said.actor, at=at)


def _add_alert_routes(routes: APIRouter, service: Service) -> None:
    def alert_of(alert_id: str) -> Alert:
        if len(alert_id) > _LONGEST_ALERT_ID or not alert_id.isprintable():
            raise NotFound(f"there is no alert {clipped(alert_id)!r}")
        return service.ports.alerts.get(alert_id)

    def keep(alert: Alert) -> Alert:
        service.ports.alerts.save(alert)
        return alert

    @routes.post("/alerts/{alert_id}/acknowledge", summary="Somebody looks after it")
    def acknowledge(alert_id: str, said: AlertRequest) -> Alert:
        return keep(acknowledged(alert_of(alert_id), note=_note(said), at=said.time or service.clock()))

    @routes.post("/alerts/{alert_id}/silence", summary="Do not hear it until a moment")
    def silence(alert_id: str, said: SilenceRequest) -> Alert:
        alert, at = alert_of(alert_id), said.time or service.clock()
        return keep(silenced(alert, until=said.until, note=_note(said), at=at))

    @routes.post("/alerts/{alert_id}/resolve", summary="The trouble is gone")
    def resolve(alert_id: str, said: AlertRequest) -> Alert:
        return keep(resolved(alert_of(alert_id), note=_note(said), at=said.time or service.clock()))


def _note(said: AlertRequest) -> str:
    return f"{said.actor}: {said.note}" if said.note else said.actor
