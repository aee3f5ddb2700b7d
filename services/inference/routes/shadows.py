"""Who answers beside the champion and how they compare, and the rows that a person should label first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter

from infra.crowning import challenge_by_hand, dismiss_by_hand
from infra.domain.decisions import PromotionDecision
from infra.domain.predictions import Answered
from infra.domain.shadows import Appointment, AppointmentRole, ShadowReport
from infra.spec.registered import spec_as_registered
from services.inference.access import Principal
from services.inference.asking import registered
from services.inference.body import StrictRoute
from services.inference.openapi import problems
from services.inference.roles import requires
from services.inference.routes.acting import choice_of
from services.inference.routes.reading import Limit, Offset
from services.inference.schemas import Page, PromoteRequest, RollbackRequest, Shape
from services.inference.service import Service

COMPARED_ROWS = 10_000
"""The newest labelled rows that a comparison rests on."""
Operator = Annotated[Principal, requires("operate")]


class ChallengeRequest(PromoteRequest):
    """A person's choice of the version that answers beside the champion."""


class DismissRequest(RollbackRequest):
    """A person's wish that nobody challenges the champion."""


class ShadowAnswers(Shape):
    """Who holds a role, and how it compares with what was answered on the same labelled rows."""

    role: AppointmentRole
    version: int
    """0 for the frozen simple model."""
    since: datetime
    loaded: bool
    """Whether this replica has it loaded."""
    kept: int
    """Answers that are kept."""
    compared: ShadowReport


class ShadowsAnswer(Shape):
    """All who answer beside the champion of one model."""

    model: str
    champion: int | None
    shadow: float
    """Share of the rows that the challenger answers unseen; the simple model answers all."""
    canary: float
    """Share of the ids that the challenger answers instead of the champion."""
    items: list[ShadowAnswers]


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(
        prefix="/v1/models", tags=["shadows"], route_class=StrictRoute, responses=problems(404, 422, 503)
    )

    @routes.get("/{model}/shadows", dependencies=[requires("read")], summary="What the others would have said")
    def shadows(model: str) -> ShadowsAnswer:
        """The challenger and the frozen simple model, each beside what was answered on the same labelled rows."""
        return describe(service, model)

    @routes.get("/{model}/labelling", dependencies=[requires("read")], summary="What a person should label first")
    def labelling(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[Answered]:
        """Among the newest rows without a label: abstained ones first, then the least confident, then the newest."""
        found = service.ports.predictions.unlabelled(registered(service, model).name, limit, offset)
        return Page(items=found, limit=limit, offset=offset)

    acting = problems(400, 409, 413, 415)

    @routes.post("/{model}/challenge", responses=acting, summary="Let a version answer beside the champion")
    def challenge(model: str, choice: ChallengeRequest, who: Operator) -> PromotionDecision:
        """It takes the place of the challenger before it. The model file says on which share of the traffic."""
        registered(service, model)
        return challenge_by_hand(service.ports, model, choice.version, choice_of(service, choice, who))

    @routes.post("/{model}/dismiss", responses=acting, summary="Let nobody challenge the champion")
    def dismiss(model: str, said: DismissRequest, who: Operator) -> PromotionDecision:
        """What the challenger said is kept."""
        registered(service, model)
        return dismiss_by_hand(service.ports, model, choice_of(service, said, who))

    return routes


def describe(service: Service, model: str) -> ShadowsAnswer:
    """One model's shadows as the API shows them. Blocks on the database."""
    from monitoring.shadows import compare  # scipy's statistics take 65 MB, which a service that is not asked spares

    known = registered(service, model)
    spec = spec_as_registered(known.spec_yaml, model)
    champion = service.ports.versions.champion(model)

    def item(one: Appointment) -> ShadowAnswers:
        holder = service.predictor.challenger(model) if one.role == "challenger" else service.predictor.simple(model)
        pairs = service.ports.shadows.labelled(model, one.role, one.version, COMPARED_ROWS)
        return ShadowAnswers(
            role=one.role,
            version=one.version,
            since=one.since,
            loaded=holder is not None and holder.sha256 == one.sha256,
            kept=service.ports.shadows.count(model, one.role, one.version),
            compared=compare(pairs, spec.task),
        )

    return ShadowsAnswer(
        model=model,
        champion=champion.version if champion else None,
        shadow=spec.serving.shadow,
        canary=spec.serving.canary,
        items=[item(one) for one in service.ports.shadows.appointments() if one.model == model],
    )
