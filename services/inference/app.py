"""The inference service as one FastAPI app: parts built, routes bound, writer and reloader run while it lives.

Nothing starts before the app does. It knows no adapter: ports and settings are handed in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from importlib.metadata import version

import anyio
from fastapi import APIRouter, FastAPI

from infra.ports import Ports
from infra.settings import Settings
from services.inference import problems
from services.inference.edge import Edge
from services.inference.openapi import describe
from services.inference.routes import acting, labels, predictions, probes, reading
from services.inference.service import Service, build_service, wall_clock

DESCRIPTION = (
    "Predictions that are remembered, labels that arrive late, and everything that is known about the models. "
    "Every error is RFC 9457 problem details."
)


def create_app(
    ports: Ports,
    settings: Settings,
    *,
    clock: Callable[[], datetime] = wall_clock,
    pages: Sequence[APIRouter] = (),
) -> FastAPI:
    """The app. `clock` gives the event time of rows that name none; `pages` are further routes, such as the dashboard.

    Its service is `app.state.service`.
    """
    service = build_service(ports, settings, clock)
    app = FastAPI(
        title="keepsharp",
        version=version("keepsharp"),
        description=DESCRIPTION,
        lifespan=partial(_lifespan, service),
        docs_url=None,  # its page would load scripts from outside
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    for concern in (predictions, labels, reading, acting, probes):
        app.include_router(concern.router(service))
    for page in pages:
        app.include_router(page)
    problems.install(app)
    app.add_middleware(Edge)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


@asynccontextmanager
async def _lifespan(service: Service, _: FastAPI) -> AsyncIterator[None]:
    """Take over the champions, then answer; at the end store what is queued."""
    service.log.start()
    await service.reloader.look()
    following = asyncio.create_task(service.reloader.run(), name="reloader")
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await anyio.to_thread.run_sync(service.log.close)
