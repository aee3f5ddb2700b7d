"""`/`: every model on one line, those that need a person first."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dashboard import queries
from services.dashboard.navigation import Place
from services.dashboard.site import Site
from services.dashboard.views import fleet_view


def add(routes: APIRouter, site: Site) -> None:
    """The page."""

    @routes.get("/", dependencies=[site.requires("read")])
    def fleet(request: Request) -> Response:
        view = fleet_view(queries.fleet(site.ports))
        return site.page(request, "fleet.html", view, place=Place(section="fleet"))
