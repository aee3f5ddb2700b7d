"""What every page module is given: the ports, who asks, forms that were checked, and ways to answer.

A page module has one function `add(routes, site)`; docs/dashboard.md shows one whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from infra.domain.access import AccessRole
from infra.ledger.book import CostBook
from infra.ports import Ports
from infra.rechecking import Rechecking
from infra.signing import Signer
from services.dashboard.assets import Assets
from services.dashboard.door import SESSION_COOKIE, Door, Visitor
from services.dashboard.flashes import FLASH_COOKIE, KEPT_SECONDS, Flash, FlashKind, packed, unpacked
from services.dashboard.forms import VISIT_COOKIE, Form, new_visit, token_for
from services.dashboard.navigation import NOWHERE, Navigation, Place
from services.dashboard.packing import travelling
from services.dashboard.rendering import PAGE_POLICY, Renderer

VISIT_SECONDS = 30 * 86_400
UNNAMED_ACTOR = "person"
"""Whose deed it is where nobody was asked who they are; the API says the same."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """One dashboard. Handlers are plain functions (they run on threads); `form` was read and checked before."""

    ports: Ports
    door: Door
    signer: Signer
    assets: Assets
    renderer: Renderer
    navigation: Navigation
    clock: Callable[[], datetime]
    budgets: Path | None = None
    """The file with the budgets of cost centres, if there is one."""

    @cached_property
    def records(self) -> Rechecking:
        """The checks of the chained records, which all pages share."""
        return Rechecking(self.ports, self.clock)

    @cached_property
    def ledger(self) -> CostBook:
        """The sums of what was spent, which all pages share."""
        return CostBook(self.ports)

    def requires(self, role: AccessRole | Literal["public"]) -> Any:
        """What a route puts among its `dependencies`: `dependencies=[site.requires("operate")]`."""
        return self.door.requires(role)

    def visitor(self, request: Request) -> Visitor | None:
        """Who asks; None on public pages."""
        return self.door.visitor(request)

    def actor(self, request: Request) -> str:
        """The name under which what the visitor does goes on record."""
        visitor = self.visitor(request)
        return visitor.name if visitor is not None and visitor.known else UNNAMED_ACTOR

    def form(self, request: Request) -> Form:
        """The form that was sent. Its token was checked, see `page_route`."""
        form = request.state.form
        assert isinstance(form, Form)
        return form

    def page(
        self,
        request: Request,
        template: str,
        values: Mapping[str, object],
        *,
        place: Place = NOWHERE,
        status: int = 200,
        reader: Visitor | None = None,
    ) -> Response:
        """One page. Its template may use `can(role)`, `csrf`, `place`, `problems`, `sent` beside `values`.

        `reader` is who looks at it where no guard of the route let them in.
        """
        visit = request.cookies.get(VISIT_COOKIE) or new_visit()
        visitor = self.visitor(request) or reader
        flash = unpacked(request.cookies.get(FLASH_COOKIE, ""))
        given: dict[str, object] = {
            "top": self.navigation.top(place),
            "tabs": self.navigation.tabs(place),
            "place": place,
            "path": request.url.path,
            "visitor": visitor,
            "signed_in": SESSION_COOKIE in request.cookies and visitor is not None and visitor.known,
            "can": lambda role: visitor is not None and visitor.may(role),
            "csrf": token_for(self.signer, visit),
            "flash": flash,
            "problems": {},
            "sent": Form(),
        }
        html = self.renderer.html(template, {**given, **values})
        answer = travelling(request, html.encode(), "text/html", {"Content-Security-Policy": PAGE_POLICY}, status)
        if VISIT_COOKIE not in request.cookies and request.headers.get("Sec-Fetch-Site") != "cross-site":
            keep_cookie(request, answer, VISIT_COOKIE, visit, VISIT_SECONDS)
        if FLASH_COOKIE in request.cookies:
            answer.delete_cookie(FLASH_COOKIE)
        return answer

    def see(self, request: Request, path: str, said: str = "", kind: FlashKind = "done") -> Response:
        """The answer to a form: go to `path`, a path of this site, and read there once what was done."""
        answer = RedirectResponse(own_path(path), 303)
        if said:
            keep_cookie(request, answer, FLASH_COOKIE, packed(Flash(kind, said)), KEPT_SECONDS)
        return answer


def own_path(path: str) -> str:
    """The path when it stays on this site, else `/`: nobody is sent elsewhere by a link to us.

    >>> [own_path(path) for path in ("/models/a?from=2", "//evil.example", "https://evil.example", "/\\\\evil.example")]
    ['/models/a?from=2', '/', '/', '/']
    """
    stays = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if stays else "/"


def keep_cookie(request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
    """A cookie that scripts cannot read and other sites cannot make the browser send."""
    answer.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="strict", secure=_is_https(request)
    )


def _is_https(request: Request) -> bool:
    """Also behind a proxy that says so: who forges the header only locks out himself."""
    return "https" in (request.url.scheme, request.headers.get("X-Forwarded-Proto", "").lower())
