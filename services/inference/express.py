"""The fast lane: hot routes are answered before FastAPI, whose routing would cost more than the answer.

FastAPI declares the same routes, so that the OpenAPI document and the roles stay true. It knows which paths are hot
and which role they need; it knows nothing of rows.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.domain.access import AccessRole
from infra.domain.errors import KeepsharpError
from services.inference.call import Call, Reply
from services.inference.problems import response_to
from services.inference.service import Service

Answer = Callable[[Service, str, Call], Awaitable[Reply]]


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One hot POST route: a path with the model's name in it, the role it needs, and who answers."""

    before: str
    after: str
    role: AccessRole
    answer: Answer
    problem: Callable[[KeepsharpError | HTTPException], Response] = response_to

    def model(self, path: str) -> str | None:
        """The name in the path, or None when this is another route."""
        if not (path.startswith(self.before) and path.endswith(self.after)):
            return None
        name = path[len(self.before) : len(path) - len(self.after)]
        return name if _NAME.fullmatch(name) else None


_NAME = re.compile(r"[^/]+")


class Express:
    """ASGI middleware around FastAPI."""

    def __init__(self, app: ASGIApp, service: Service, lanes: Sequence[Lane]) -> None:
        self._app, self._service, self._lanes = app, service, lanes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a hot call, or hand it on."""
        if scope["type"] == "http" and scope["method"] == "POST":
            for lane in self._lanes:
                model = lane.model(scope["path"])
                if model is not None:
                    await self._answer(lane, model, scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _answer(self, lane: Lane, model: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._service.access.admit(scope["headers"], lane.role)
            reply = await lane.answer(self._service, model, Call.in_scope(scope, receive))
        except (KeepsharpError, HTTPException) as error:
            await lane.problem(error)(scope, receive, send)
        else:
            await reply.send(send)
