"""How every page is asked for: forms are read and checked before the handler, and what fails is said on a page.

It knows neither what pages show nor what forms mean.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

import anyio
import structlog
from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.domain.errors import Conflict, DataError, KeepsharpError, NotFound, Refused, SpecError, Unavailable
from services.dashboard.forms import MOST_BYTES, VISIT_COOKIE, Rejected, read_form, require_token
from services.dashboard.site import Site

log = structlog.get_logger(__name__)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_STATUS_OF: tuple[tuple[type[KeepsharpError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 409),
    (DataError, 422),
    (SpecError, 422),
    (Unavailable, 503),
)
_TITLES = {
    400: "That cannot be read",
    403: "Not for you",
    404: "Not here",
    409: "Not like this",
    413: "Too much at once",
    415: "That is no form",
    421: "Another address",
    422: "That cannot be used",
    429: "Slower, please",
    503: "Not now",
}


def page_route(site: Site) -> type[APIRoute]:
    """The route class of all pages of one site."""

    class PageRoute(APIRoute):
        """Answers a person: with the page, with where to sign in, or with what is wrong."""

        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    if _led_by_another_site(request):
                        return site.page(request, "opening.html", {})
                    if request.method == "POST":
                        await _check_form(site, request)
                    return await handle(request)
                except Rejected as error:
                    return problem_page(site, request, error.status, str(error))
                except HTTPException as error:
                    return _refusal(site, request, error)
                except RequestValidationError:
                    return problem_page(site, request, 404, f"There is no page {request.url.path}.")
                except KeepsharpError as error:
                    return _failure(site, request, error)

            return answer

    return PageRoute


def problem_page(site: Site, request: Request, status: int, text: str) -> Response:
    """What cannot be shown or done is said on a page, since a person is reading."""
    values: dict[str, object] = {"title": _TITLES.get(status, "Something failed"), "text": text}
    reader = site.door.reader(request) if site.visitor(request) is None else None
    return site.page(request, "problem.html", values, status=status, reader=reader)


def unknown_page(site: Site) -> ASGIApp:
    """What answers where no route does: a page for a browser, and for programs what the API says."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise HTTPException(404)
        request = Request(scope, receive)
        if request.method not in ("GET", "HEAD") or "text/html" not in request.headers.get("Accept", ""):
            raise HTTPException(404)
        page = await anyio.to_thread.run_sync(problem_page, site, request, 404, f"There is no page {request.url.path}.")
        await page(scope, receive, send)

    return answer


def _led_by_another_site(request: Request) -> bool:
    """A browser keeps strict cookies back when a link of another site leads here; asked from here, it sends them."""
    came, how = request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Mode")
    return request.method == "GET" and came == "cross-site" and how == "navigate"


async def _check_form(site: Site, request: Request) -> None:
    """Read the body within limits; raise Rejected unless our own page in this browser made it."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            break
    form = read_form(request.headers.get("Content-Type", ""), body)
    require_token(site.signer, form, request.cookies.get(VISIT_COOKIE, ""))
    request.state.form = form


def _refusal(site: Site, request: Request, error: HTTPException) -> Response:
    """Whoever is not known is led to where they sign in; whoever may not is told."""
    if error.status_code != 401:
        answer = problem_page(site, request, error.status_code, str(error.detail))
        answer.headers.update({k: v for k, v in (error.headers or {}).items() if k.lower() == "retry-after"})
        return answer
    if request.method != "GET":
        return RedirectResponse("/login", 303)
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login" if asked == "/" else f"/login?next={quote(asked, safe='/')}", 303)


def _failure(site: Site, request: Request, error: KeepsharpError) -> Response:
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), None)
    if status is None:
        raise error
    if status == 503:
        log.warning("a page could not be made", path=request.url.path, why=str(error))
    return problem_page(site, request, status, str(error))
