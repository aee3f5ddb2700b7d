"""Answers that travel gzipped to whoever takes them so."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

_PACKED_FROM_BYTES = 1000


def travelling(
    request: Request, content: bytes, kind: str, headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """An answer with this content, packed where that is worth it."""
    given = {**(headers or {}), "Vary": "Accept-Encoding"}
    if len(content) >= _PACKED_FROM_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        content = gzip.compress(content, 5)
        given["Content-Encoding"] = "gzip"
    return Response(content, status, headers=given, media_type=kind)
