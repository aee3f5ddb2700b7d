"""The layer around FastAPI: request ids, security headers, a log line for what went wrong, an answer to every error.

Plain ASGI. It knows nothing of routes or models. Hot calls do not come here: `express` answers them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.inference.identifiers import request_token
from services.inference.problems import fault_response, request_id

log = structlog.get_logger(__name__)

_ACCEPTED_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # by `no-referrer` a browser sends our own forms with the origin `null`
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
"""Set where a route has not set its own."""


class Edge:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other kinds of connection pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        token = request_id.set(id_of(dict(scope["headers"])))
        answer = _Answer(scope, send)
        try:
            await self._app(scope, receive, answer.send)
        except ClientDisconnect:
            log.info("the client went away", method=scope["method"], path=scope["path"])
        except Exception:
            log.exception("a request failed", method=scope["method"], path=scope["path"])
            if answer.finished:
                return  # FastAPI's outermost layer has told the client, and raises for our log alone
            if answer.started:
                raise
            await fault_response()(scope, receive, answer.send)
        finally:
            request_id.reset(token)


class _Answer:
    """Passes the answer on, with our headers."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self.started = False
        self.finished = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = list(message.get("headers", ()))
            own = {name for name, _ in headers}
            headers += [pair for pair in SECURITY_HEADERS if pair[0] not in own]
            headers.append((b"x-request-id", request_id.get().encode()))
            message = {**message, "headers": headers}
            if message["status"] >= 400:
                scope = self._scope
                log.info("refused", status=message["status"], method=scope["method"], path=scope["path"])
        elif message["type"] == "http.response.body":
            self.finished = not message.get("more_body", False)
        await self._send(message)


def id_of(headers: Mapping[bytes, bytes]) -> str:
    """The caller's own id when it is short and plain, else a new one."""
    given = headers.get(b"x-request-id")
    return str(given, "ascii") if given is not None and _ACCEPTED_ID.fullmatch(given) else request_token()
