"""The inference service as one FastAPI app: parts built, routes bound, writer and reloader run while it lives.

Nothing starts before the app does. It knows no adapter: ports and settings are handed in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

import anyio
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.ports import Ports
from infra.settings import Settings
from services.inference import problems
from services.inference.edge import Edge
from services.inference.express import Express, Lane
from services.inference.openapi import describe
from services.inference.roles import declared_roles
from services.inference.routes import (
    acting,
    corrections,
    feedback,
    labels,
    open_inference,
    predictions,
    probes,
    reading,
    record,
    shadows,
    spending,
)
from services.inference.service import Service, build_service, wall_clock

LANES = (
    Lane(before="/v1/models/", after="/predictions", role="predict", answer=predictions.predict),
    Lane(before="/v1/models/", after="/labels", role="label", answer=labels.label),
    Lane(
        before="/v2/models/",
        after="/infer",
        role="predict",
        answer=open_inference.infer,
        problem=open_inference.problem_response,
    ),
)
CONCERNS = (
    predictions,
    labels,
    open_inference,
    reading,
    corrections,
    record,
    spending,
    shadows,
    feedback,
    acting,
    probes,
)
DESCRIPTION = (
    "Predictions that are remembered, labels that arrive late, and everything that is known about the models. "
    "Every error is RFC 9457 problem details."
)


class InferenceApp(FastAPI):
    """FastAPI with the edge and the fast lane around it, outside of its own middleware."""

    def __init__(self, service: Service, **described: Any) -> None:
        super().__init__(**described)
        self._around: ASGIApp = Express(Edge(super().__call__), service, LANES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._around(scope, receive, send)


def create_app(
    ports: Ports,
    settings: Settings,
    *,
    clock: Callable[[], datetime] = wall_clock,
    pages: Sequence[APIRouter] = (),
) -> FastAPI:
    """The app. `clock` gives the event time of rows that name none; `pages` are further routes, such as the dashboard.

    Its service is `app.state.service`; what streams answers adds to `app.state.when_leaving` what ends them.

    Raises:
        ValueError: a route declares no role, or several.
    """
    service = build_service(ports, settings, clock)
    app = InferenceApp(
        service,
        title="keepsharp",
        version=version("keepsharp"),
        description=DESCRIPTION,
        lifespan=partial(_lifespan, service),
        openapi_url=None,  # `probes` has it, with its role
        docs_url=None,  # its page would load scripts from outside
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    app.state.when_leaving = set()
    for concern in CONCERNS:
        app.include_router(concern.router(service))
    for page in pages:
        app.include_router(page)
        if page.default != page.not_found:  # pages say for themselves that they have none at a path
            app.router.default = page.default
    declared_roles(app.routes)  # no service starts with a route that anybody could call
    problems.install(app)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


@asynccontextmanager
async def _lifespan(service: Service, _: FastAPI) -> AsyncIterator[None]:
    """Take over the champions, then answer; at the end store what is queued."""
    service.spill.start()
    service.log.start()
    service.shadows.start()
    service.watching.start()
    service.pipeline.start(asyncio.get_running_loop())
    await asyncio.gather(service.reloader.look(), service.access.refresh())
    followers = (
        service.reloader.run(),
        service.access.follow(),
        service.vigil.run(),
        service.notifier.run(),
        service.accounting.run(),
    )
    following = [asyncio.create_task(follower) for follower in followers]
    try:
        yield
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        await anyio.to_thread.run_sync(_stop, service)


def _stop(service: Service) -> None:
    """From the front to the back: what was taken on is finished."""
    service.pipeline.close()
    service.log.close()
    service.shadows.close()
    service.watching.close()
    service.spill.close()
    service.accounting.charge(at_the_end=True)
