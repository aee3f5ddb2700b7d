"""`/models/{model}/windows/{index}/report`: Evidently's own page of a window, in a sandbox."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dashboard import queries
from services.dashboard.rendering import REPORT_POLICY
from services.dashboard.reports import read_page, unpacked
from services.dashboard.site import Site


def add(routes: APIRouter, site: Site) -> None:
    """The page."""

    @routes.get("/models/{model}/windows/{index}/report", dependencies=[site.requires("read")])
    def report(request: Request, model: str, index: int) -> Response:
        page = read_page(site.ports.artifacts, queries.window_of(site.ports, model, index).report)
        headers = {"Content-Security-Policy": REPORT_POLICY, "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return Response(unpacked(page), headers=headers, media_type="text/html")
        return Response(page, headers=headers | {"Content-Encoding": "gzip"}, media_type="text/html")
