"""`/login` and `/logout`: an API key is exchanged for a session, kept in a cookie."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.dashboard.door import SESSION_COOKIE
from services.dashboard.site import Site, keep_cookie, own_path

WRONG_KEY_SECONDS = 1.0
"""How long a wrong key is kept waiting, whatever is wrong with it."""
MOST_WRONG_A_MINUTE = 30
_WRONG = (
    "This key is not known here, or was revoked: ask whoever keeps the keys. `keepsharp keys list` shows "
    "those there are, and `keepsharp keys create` makes one."
)
_TOO_MANY = "Too many wrong keys were tried within a minute: wait a minute, then try again."


def add(routes: APIRouter, site: Site) -> None:
    """Both pages."""
    wrong: deque[float] = deque(maxlen=MOST_WRONG_A_MINUTE)

    def ask(request: Request, onward: str, problem: str = "", status: int = 200) -> Response:
        values = {"onward": own_path(onward), "problems": {"key": problem} if problem else {}}
        return site.page(request, "login.html", values, status=status)

    @routes.get("/login", dependencies=[site.requires("public")])
    async def login(request: Request) -> Response:
        onward = own_path(request.query_params.get("next", "/"))
        return RedirectResponse(onward, 303) if site.door.is_open(request) else ask(request, onward)

    @routes.post("/login", dependencies=[site.requires("public")])
    async def sign_in(request: Request) -> Response:
        form = site.form(request)
        onward = own_path(form.get("next") or "/")
        session = site.door.sign_in(request, form.get("key"))
        if session is None:
            if len(wrong) == MOST_WRONG_A_MINUTE and time.monotonic() - wrong[0] < 60:
                return ask(request, onward, _TOO_MANY, 429)
            wrong.append(time.monotonic())
            await asyncio.sleep(WRONG_KEY_SECONDS)
            return ask(request, onward, _WRONG, 401)
        answer = RedirectResponse(onward, 303)
        keep_cookie(request, answer, SESSION_COOKIE, session, site.door.session_seconds)
        return answer

    @routes.post("/logout", dependencies=[site.requires("public")])
    async def sign_out() -> Response:
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(SESSION_COOKIE)
        return answer
