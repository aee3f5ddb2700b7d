"""Answers that travel gzipped to whoever takes them so."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

_PACKED_FROM_BYTES = 1000


def travelling(
    request: Request, content: bytes, kind: str, headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """An answer with this content, packed where that is worth it."""
    given = {**(headers or {}), "Vary": "Accept-Encoding"}
    if len(content) >= _PACKED_FROM_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        content = _packed(content)
        given["Content-Encoding"] = "gzip"
    return Response(content, status, headers=given, media_type=kind)


@lru_cache(maxsize=16)
def _packed(content: bytes) -> bytes:
    """Packed once for all who are sent the same, as the live part of a page that many have open."""
    return gzip.compress(content, 5)
