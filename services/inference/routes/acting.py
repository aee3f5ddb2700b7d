"""What a person may do: ask for a retraining, choose the version that serves, look after an alert.

Each is a recorded decision or trigger. The registry is told by the flows, not from here.
"""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from fastapi import APIRouter

from infra.approving import approve_by_hand
from infra.crowning import Choice, promote_by_hand, reject_by_hand, roll_back_by_hand
from infra.domain.alerts import Alert, Trigger
from infra.domain.decisions import PromotionDecision
from infra.domain.errors import NotFound
from infra.tending import Act, Word, tend
from infra.wishing import wish_by_hand
from services.forcing import tell_forced
from services.inference.access import Principal
from services.inference.asking import registered
from services.inference.body import StrictRoute
from services.inference.identifiers import time_ordered_id
from services.inference.openapi import problems
from services.inference.problems import Problem, clipped
from services.inference.roles import requires
from services.inference.schemas import (
    AlertRequest,
    ApprovalRequest,
    AssignRequest,
    NoteRequest,
    PromoteRequest,
    RejectRequest,
    RetrainRequest,
    RollbackRequest,
    SilenceRequest,
)
from services.inference.service import Service

_LONGEST_ID = 200
Operator = Annotated[Principal, requires("operate")]
"""Who acts; a route that names it needs the role."""


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(
        prefix="/v1", tags=["acting"], route_class=StrictRoute, responses=problems(400, 404, 409, 413, 415, 422, 503)
    )
    _add_model_routes(routes, service)
    _add_trigger_routes(routes, service)
    _add_alert_routes(routes, service)
    return routes


def _add_model_routes(routes: APIRouter, service: Service) -> None:
    @routes.post("/models/{model}/retrain", status_code=202, summary="Ask for a retraining")
    def retrain(model: str, wish: RetrainRequest, who: Operator) -> Trigger:
        """The wish is kept; the next `retrain` flow answers it, or refuses it with its numbers."""
        at = wish.time or service.clock()
        name, actor = registered(service, model).name, actor_of(who, wish)
        return wish_by_hand(
            service.ports, name, trigger_id=time_ordered_id(at), reason=wish.reason, how=wish.how, actor=actor, at=at
        )

    @routes.post("/models/{model}/promote", summary="Choose the version that serves")
    def promote(model: str, choice: PromoteRequest, who: Operator) -> PromotionDecision:
        """A version whose verdict failed a rule is promoted by `force` alone, and an alert says so."""
        registered(service, model)
        chosen = choice_of(service, choice, who)
        decision = promote_by_hand(service.ports, model, choice.version, chosen, force=choice.force)
        tell_forced(service.ports, decision)
        return decision

    @routes.post("/models/{model}/reject", summary="Let a candidate not serve")
    def reject(model: str, said: RejectRequest, who: Operator) -> PromotionDecision:
        """It challenges nobody any more, and is promoted by `force` alone."""
        registered(service, model)
        return reject_by_hand(service.ports, model, said.version, choice_of(service, said, who))

    @routes.post("/models/{model}/rollback", summary="Go back to the version before")
    def rollback(model: str, choice: RollbackRequest, who: Operator) -> PromotionDecision:
        """The version that served before the present champion was promoted serves again."""
        registered(service, model)
        return roll_back_by_hand(service.ports, model, choice_of(service, choice, who))


def _add_trigger_routes(routes: APIRouter, service: Service) -> None:
    @routes.post("/triggers/{trigger_id}/approve", summary="Let a retraining go ahead that a budget holds back")
    def approve(trigger_id: str, said: ApprovalRequest, who: Operator) -> Trigger:
        """The next `retrain` flow answers it."""
        return _decide(service, trigger_id, said, who, approved=True)

    @routes.post("/triggers/{trigger_id}/decline", summary="Refuse a retraining that a budget holds back")
    def decline(trigger_id: str, said: ApprovalRequest, who: Operator) -> Trigger:
        """It is not done, and the refusal is on record; the policy may ask again later."""
        return _decide(service, trigger_id, said, who, approved=False)


def _decide(service: Service, trigger_id: str, said: ApprovalRequest, who: Principal, *, approved: bool) -> Trigger:
    if len(trigger_id) > _LONGEST_ID or not trigger_id.isprintable():
        raise NotFound(f"there is no trigger {clipped(trigger_id)!r}: GET /v1/models/NAME/triggers lists them")
    at = said.time or service.clock()
    return approve_by_hand(
        service.ports, trigger_id, approved=approved, actor=actor_of(who, said), reason=said.reason, at=at
    )


def choice_of(service: Service, said: PromoteRequest | RejectRequest | RollbackRequest, who: Principal) -> Choice:
    """Who chooses, why and when. Raises Problem as `actor_of`."""
    at = said.time or service.clock()
    return Choice(decision_id=time_ordered_id(at), reason=said.reason, actor=actor_of(who, said), at=at)


def _add_alert_routes(routes: APIRouter, service: Service) -> None:
    def carry_out(act: Act, alert_id: str, said: AlertRequest, who: Principal, **besides: Any) -> Alert:
        if len(alert_id) > _LONGEST_ID or not alert_id.isprintable():
            raise NotFound(f"there is no alert {clipped(alert_id)!r}: GET /v1/models/NAME/alerts lists those there are")
        at = said.time or service.clock()
        return tend(service.ports, act, alert_id, Word(actor=actor_of(who, said), at=at, note=said.note, **besides))

    @routes.post("/alerts/{alert_id}/acknowledge", summary="Somebody looks after it")
    def acknowledge(alert_id: str, said: AlertRequest, who: Operator) -> Alert:
        """It is not brought to mind any more; what is new about it is told all the same."""
        return carry_out("acknowledge", alert_id, said, who)

    @routes.post("/alerts/{alert_id}/silence", summary="Do not hear it until a moment")
    def silence(alert_id: str, said: SilenceRequest, who: Operator) -> Alert:
        """It stays open; at the end of the silence it is told again if it still stands."""
        return carry_out("silence", alert_id, said, who, until=said.until)

    @routes.post("/alerts/{alert_id}/resolve", summary="The trouble is gone")
    def resolve(alert_id: str, said: AlertRequest, who: Operator) -> Alert:
        """Where the rule is broken still, the next look opens a new one."""
        return carry_out("resolve", alert_id, said, who)

    @routes.post("/alerts/{alert_id}/note", summary="Remember something about it")
    def note(alert_id: str, said: NoteRequest, who: Operator) -> Alert:
        """Resolved alerts take notes as well: what was found out afterwards belongs to them."""
        return carry_out("note", alert_id, said, who)

    @routes.post("/alerts/{alert_id}/assign", summary="Give it to somebody")
    def assign(alert_id: str, said: AssignRequest, who: Operator) -> Alert:
        """Its owner is told with it from now on; the model file names the first one."""
        return carry_out("assign", alert_id, said, who, owner=said.owner)


class Signed(Protocol):
    """A body that names who acts."""

    @property
    def actor(self) -> str:
        """Who, as the body says."""

    @property
    def model_fields_set(self) -> set[str]:
        """The fields that were sent."""


def actor_of(who: Principal, said: Signed) -> str:
    """Whose deed it is: the key's, where a key was asked for; else whoever the body names.

    Raises:
        Problem: 403, the body names another than the key.
    """
    if not who.known:
        return said.actor
    if "actor" in said.model_fields_set and said.actor != who.name:
        detail = f"The key is {who.name}'s, and the body says that {said.actor!r} acts: leave `actor` out."
        raise Problem(403, detail)
    return who.name
