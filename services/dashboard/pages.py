"""The dashboard's routes: the fleet, a model, and the pages that Evidently made of its windows.

It reads through the ports and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.domain.access import AccessRole
from infra.domain.errors import NotFound, Unavailable
from infra.ports import Ports
from services.dashboard import queries
from services.dashboard.rendering import REPORT_POLICY, Renderer
from services.dashboard.reports import read_page, unpacked
from services.dashboard.views import fleet_view, model_view

_TYPES = {"css": "text/css", "svg": "image/svg+xml"}
_A_YEAR = "public, max-age=31536000, immutable"


def overview_pages(ports: Ports, requires: Callable[[AccessRole], Any]) -> APIRouter:
    """`/`, `/models/{model}`, `/models/{model}/windows/{index}/report`, and their style sheet.

    `requires` makes the FastAPI dependency that lets in only who has a role.
    """
    routes, renderer = APIRouter(include_in_schema=False), Renderer()

    @routes.get("/", dependencies=[requires("read")])
    def overview() -> Response:
        return _answer(renderer, lambda: renderer.page("overview.html", fleet_view(queries.fleet(ports))))

    @routes.get("/models/{model}", dependencies=[requires("read")])
    def model(model: str) -> Response:
        return _answer(renderer, lambda: renderer.page("model.html", model_view(queries.story(ports, model))))

    @routes.get("/models/{model}/windows/{index}/report", dependencies=[requires("read")])
    def report(request: Request, model: str, index: int) -> Response:
        return _answer(renderer, lambda: _report(ports, request, model, index))

    @routes.get("/static/{name}", dependencies=[requires("read")])
    def asset(name: str) -> Response:
        return _answer(renderer, lambda: _asset(renderer, name))

    return routes


def _answer(renderer: Renderer, make: Callable[[], Response]) -> Response:
    """What cannot be shown is said on a page, since a person is reading."""
    try:
        return make()
    except NotFound as error:
        return renderer.page("problem.html", {"title": "Not here", "text": str(error)}, 404)
    except Unavailable as error:
        return renderer.page("problem.html", {"title": "Not now", "text": str(error)}, 503)


def _report(ports: Ports, request: Request, model: str, index: int) -> Response:
    page = read_page(ports.artifacts, queries.window_of(ports, model, index).report)
    headers = {"Content-Security-Policy": REPORT_POLICY, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(unpacked(page), headers=headers, media_type="text/html")
    return Response(page, headers=headers | {"Content-Encoding": "gzip"}, media_type="text/html")


def _asset(renderer: Renderer, name: str) -> Response:
    if name not in renderer.assets:
        raise NotFound(f"The dashboard has no {name!r}.")
    headers = {"Cache-Control": _A_YEAR}  # pages name it with a digest, so that a new one is asked for
    return Response(renderer.assets[name], headers=headers, media_type=_TYPES[name.rpartition(".")[2]])
