"""`/livez`, `/readyz`, `/metrics`, `/openapi.json`: for whoever watches the service from outside."""

from __future__ import annotations

from functools import partial

import anyio
import orjson
from fastapi import APIRouter
from prometheus_client import generate_latest
from starlette.requests import Request
from starlette.responses import Response

from infra.domain.errors import KeepsharpError, Unavailable
from services.inference.openapi import problems
from services.inference.problems import Problem
from services.inference.roles import requires
from services.inference.schemas import LiveAnswer, ReadyAnswer
from services.inference.service import Service
from services.inference.watch_figures import read_watched
from services.inference.watch_metrics import Watched

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DATABASE_SECONDS = 5.0
"""A database that takes longer counts as away."""


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(tags=["probes"])

    @routes.get("/livez", dependencies=[requires("public")], summary="Is the process alive?", responses=problems())
    async def livez() -> LiveAnswer:
        """It looks at nothing else: an orchestrator restarts what does not answer here."""
        return LiveAnswer(status="alive")

    @routes.get(
        "/readyz", dependencies=[requires("public")], summary="Can it answer every model?", responses=problems(503)
    )
    async def readyz() -> ReadyAnswer:
        """503, saying what is missing, until the database answers and every champion has a version loaded."""
        await require_ready(service)
        return ReadyAnswer(
            status="ready", models={name: serving.version for name, serving in service.predictor.all().items()}
        )

    @routes.get(
        "/metrics",
        dependencies=[requires("read")],
        summary="Prometheus metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems()},
    )
    async def metrics() -> Response:
        """In the text format of Prometheus. What is unknown is left out, never 0."""
        service.metrics.watched.show(await _watched(service))
        return Response(generate_latest(service.metrics.registry), headers={"Content-Type": METRICS_TYPE})

    @routes.get("/openapi.json", dependencies=[requires("read")], include_in_schema=False)
    async def openapi(request: Request) -> Response:
        return Response(orjson.dumps(request.app.openapi()), media_type="application/json")

    return routes


async def require_ready(service: Service) -> None:
    """Raises Problem 503 that says what is missing."""
    missing = await _missing(service)
    if missing:
        fields = [{"row": None, "field": field, "problem": problem} for field, problem in missing.items()]
        detail = "; ".join(f"{field}: {problem}" for field, problem in missing.items())
        raise Problem(503, f"Not ready. {detail}", fields)


async def _missing(service: Service) -> dict[str, str]:
    """What is not there yet, by name; empty when all is."""
    try:
        with anyio.fail_after(DATABASE_SECONDS):
            champions = await anyio.to_thread.run_sync(service.ports.versions.champions, abandon_on_cancel=True)
    except TimeoutError:
        return {"database": f"it did not answer within {DATABASE_SECONDS:.0f} s"}
    except KeepsharpError as error:
        return {"database": str(error)}
    missing = {}
    for champion in champions:
        if service.predictor.serving(champion.model) is None:
            failure = service.reloader.failures.get(champion.model)
            missing[champion.model] = failure.problem if failure else f"version {champion.version} is not loaded yet"
    return missing


async def _watched(service: Service) -> Watched | None:
    """None while the database is away: what is not known is not shown as 0."""
    try:
        with anyio.fail_after(DATABASE_SECONDS):
            read = partial(read_watched, service.ports, now=service.clock())
            return await anyio.to_thread.run_sync(read, abandon_on_cancel=True)
    except (TimeoutError, Unavailable):
        return None
