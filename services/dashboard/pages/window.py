"""`/models/{model}/windows/{index}`: one window, with the distributions of the column that `?feature=` names."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dashboard.navigation import Place
from services.dashboard.site import Site
from services.dashboard.window_page import window_story
from services.dashboard.window_view import window_view


def add(routes: APIRouter, site: Site) -> None:
    """The page."""

    @routes.get("/models/{model}/windows/{index}", dependencies=[site.requires("read")])
    def window(request: Request, model: str, index: int) -> Response:
        view = window_view(window_story(site.ports, model, index, request.query_params.get("feature", "")))
        return site.page(request, "window.html", view, place=Place(section="model", model=model, tab="overview"))
