"""`/static/{digest}/{name}`: style sheets, scripts and pictures. The sign-in page needs them, so everybody may."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dashboard.site import Site

_WORKER_POLICY = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
"""A worker is bound by the policy of its own script, not by the page's: it listens to our events."""
_FOR_A_YEAR = "public, max-age=31536000, immutable"


def add(routes: APIRouter, site: Site) -> None:
    """The files."""

    @routes.get("/static/{digest}/{name:path}", dependencies=[site.requires("public")])
    async def asset(request: Request, digest: str, name: str) -> Response:
        found = site.assets.find(name)
        fresh = digest == site.assets.digest  # a page of an older version gets the present file, and keeps it not
        headers = {
            "Cache-Control": _FOR_A_YEAR if fresh else "no-cache",
            "Content-Security-Policy": _WORKER_POLICY,
            "Vary": "Accept-Encoding",
        }
        if found.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(found.packed, headers=headers, media_type=found.kind)
        return Response(found.content, headers=headers, media_type=found.kind)
