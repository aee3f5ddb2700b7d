"""`/models/{model}`: one model's story."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dashboard import queries
from services.dashboard.navigation import Place
from services.dashboard.site import Site
from services.dashboard.views import model_view


def add(routes: APIRouter, site: Site) -> None:
    """The page."""

    @routes.get("/models/{model}", dependencies=[site.requires("read")])
    def overview(request: Request, model: str) -> Response:
        view = model_view(queries.story(site.ports, model))
        return site.page(request, "model.html", view, place=Place(section="model", model=model, tab="overview"))
