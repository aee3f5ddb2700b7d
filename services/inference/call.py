"""One call of a hot route, as plain as ASGI gives it, and what is replied. It knows no route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.inference.body import JSON, Headers, header, read_body


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked: headers, query and a body that is read when it is wanted."""

    headers: Headers
    query: bytes
    receive: Receive

    @classmethod
    def of(cls, request: Request) -> Call:
        """The call behind a Starlette request whose body was not read."""
        return cls(request.scope["headers"], request.scope["query_string"], request.receive)

    @classmethod
    def in_scope(cls, scope: Scope, receive: Receive) -> Call:
        """The call behind an ASGI scope."""
        return cls(scope["headers"], scope["query_string"], receive)

    def header(self, name: bytes) -> str:
        """The first value of a header, or nothing; `name` in small letters."""
        return header(self.headers, name)

    async def body(self, limit_bytes: int, accepted: Sequence[str] = (JSON,)) -> bytes:
        """The raw body. Raises as `read_body`."""
        return await read_body(self.headers, self.receive, limit_bytes, accepted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """An answer with status 200."""

    body: bytes
    kind: str

    def response(self) -> Response:
        """For FastAPI."""
        return Response(self.body, media_type=self.kind)

    async def send(self, send: Send) -> None:
        """Straight to the server."""
        headers = [(b"content-type", self.kind.encode()), (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
