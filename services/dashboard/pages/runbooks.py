"""`/runbooks`: what to do about each kind of alert."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.domain.errors import NotFound
from services.dashboard.navigation import Place
from services.dashboard.runbooks import runbooks
from services.dashboard.site import Site


def add(routes: APIRouter, site: Site) -> None:
    """The page."""

    @routes.get("/runbooks", dependencies=[site.requires("read")])
    def show(request: Request) -> Response:
        sections = runbooks()
        if not sections:
            raise NotFound(
                "docs/runbooks.md does not lie beside this installation of keepsharp: read it in the documentation."
            )
        return site.page(request, "runbooks.html", {"sections": sections}, place=Place(section="alerts"))
