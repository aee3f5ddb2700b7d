"""The fast lane: hot routes are answered before FastAPI, whose routing would cost more than the answer.

FastAPI declares the same routes, so that the OpenAPI document and the roles stay true. It knows which paths are hot
and which role they need; it knows nothing of rows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.domain.access import AccessRole
from infra.domain.errors import KeepsharpError
from services.inference.call import Call, Reply
from services.inference.edge import SECURITY_HEADERS, id_of
from services.inference.problems import fault_response, request_id, response_to
from services.inference.service import Service

log = structlog.get_logger(__name__)
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
        return name if name and "/" not in name else None


class Express:
    """The outermost ASGI layer: answers hot calls, and hands all others on."""

    def __init__(self, app: ASGIApp, service: Service, lanes: Sequence[Lane]) -> None:
        self._app, self._service, self._lanes = app, service, lanes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] == "http" and scope["method"] == "POST":
            for lane in self._lanes:
                model = lane.model(scope["path"])
                if model is not None:
                    await self._answer(lane, model, scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _answer(self, lane: Lane, model: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        token = request_id.set(id_of(headers))
        try:
            try:
                client = scope.get("client")
                self._service.access.admit(scope["headers"], lane.role, client[0] if client else None)
                reply = await lane.answer(self._service, model, Call(headers, scope["query_string"], receive))
            except (KeepsharpError, HTTPException) as error:
                await _send_problem(lane.problem(error), scope, send)
            except ClientDisconnect:
                log.info("the client went away", path=scope["path"])
            except Exception:
                log.exception("a request failed", path=scope["path"])
                await _send_problem(fault_response(), scope, send)
            else:
                await _send(send, 200, [(b"content-type", reply.kind.encode())], reply.body)
        finally:
            request_id.reset(token)


async def _send_problem(response: Response, scope: Scope, send: Send) -> None:
    log.info("refused", status=response.status_code, method=scope["method"], path=scope["path"])
    headers = [pair for pair in response.raw_headers if pair[0] != b"content-length"]
    await _send(send, response.status_code, headers, bytes(response.body))


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers += [
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.get().encode()),
        *SECURITY_HEADERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
