"""What there is to know about models: how they do, and the records behind it, paged, newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query

from infra.domain.alerts import Alert, AlertState
from infra.domain.decisions import TrainingRun
from infra.domain.windows import Window
from monitoring.health import health_of
from services.inference.asking import registered
from services.inference.openapi import problems
from services.inference.roles import requires
from services.inference.schemas import ModelAnswer, ModelsAnswer, Page
from services.inference.service import Service

Limit = Annotated[int, Query(ge=1, le=1000, description="How many of the list at most.")]
Offset = Annotated[int, Query(ge=0, le=2**31 - 1, description="How many to pass over before the first.")]
IN_STATE = Query(description="Those in this state alone; all when absent.")
T = TypeVar("T")


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(prefix="/v1/models", tags=["reading"], responses=problems(404, 422, 503))

    @routes.get("", dependencies=[requires("read")], summary="All models and their health")
    def models() -> ModelsAnswer:
        """Each with the version that serves, its health in a word and why, and how many answers and labels it has."""
        return ModelsAnswer(items=[describe(service, model.name) for model in service.ports.models.all()])

    @routes.get("/{model}", dependencies=[requires("read")], summary="What serves, since when, and how well")
    def model(model: str) -> ModelAnswer:
        """One model as `GET /v1/models` shows it. What is not known is null, never 0."""
        return describe(service, registered(service, model).name)

    _pages(routes, service)
    return routes


def describe(service: Service, name: str) -> ModelAnswer:
    """One model as the API shows it. Blocks on the database."""
    ports = service.ports
    champion, serving = ports.versions.champion(name), service.predictor.serving(name)
    health = health_of(ports.alerts.unresolved(name), ports.windows.last(name))
    return ModelAnswer(
        name=name,
        version=champion.version if champion else None,
        serving=serving.version if serving else None,
        sha256=champion.sha256 if champion else None,
        since=champion.since if champion else None,
        accepted=champion.accepted if champion else None,
        predictions=ports.predictions.last_seq(name),
        labels=dict(ports.labels.counts(name)),
        health=health.word,
        why=health.why,
    )


def _pages(routes: APIRouter, service: Service) -> None:
    ports = service.ports

    def page(model: str, limit: int, offset: int, read: Callable[[str, int, int], list[T]]) -> Page[T]:
        found = read(registered(service, model).name, limit, offset)
        return Page(items=found, limit=limit, offset=offset)

    @routes.get("/{model}/windows", dependencies=[requires("read")], summary="Windows, and what was found in each")
    def windows(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[Window]:
        """Drift once a window is full, accuracy once its labels are due; estimated and measured apart."""
        return page(model, limit, offset, ports.windows.page)

    @routes.get("/{model}/alerts", dependencies=[requires("read")], summary="Alerts, resolved ones among them")
    def alerts(
        model: str, limit: Limit = 50, offset: Offset = 0, state: Annotated[AlertState | None, IN_STATE] = None
    ) -> Page[Alert]:
        """Each with its evidence, its owner and what was done about it; `docs/runbooks.md` says what to do."""
        return page(model, limit, offset, lambda name, most, after: ports.alerts.page(name, most, after, state))

    @routes.get("/{model}/runs", dependencies=[requires("read")], summary="Trainings, failed ones among them")
    def runs(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[TrainingRun]:
        """What each was trained on, from where it started, its figures, and the version that came of it."""
        return page(model, limit, offset, ports.runs.page)
