"""One call of a hot route, as plain as ASGI gives it, and what is replied. It knows no route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from services.inference.body import JSON, Headers, read_body


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked: headers, query and a body that is read when it is wanted."""

    headers: Headers
    query: bytes
    receive: Receive

    @classmethod
    def of(cls, request: Request) -> Call:
        """The call behind a Starlette request whose body was not read."""
        return cls(dict(request.scope["headers"]), request.scope["query_string"], request.receive)

    def header(self, name: bytes) -> str:
        """The value of a header, or nothing; `name` in small letters."""
        return self.headers.get(name, b"").decode("latin-1")

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
