"""Request bodies: never more than the limit is read, and only strict JSON is let in.

orjson refuses NaN, Infinity, 1e999, lone surrogates, byte order marks and nesting beyond 1,024. What it lets
pass is checked here: a repeated key (it would silently keep the last), a NUL in text (PostgreSQL cannot store
one), and nesting deeper than any document of ours. It knows nothing of models, rows or labels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

import orjson
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive

from services.inference.problems import Problem
from services.inference.roles import admit_before_reading

JSON = "application/json"
DEEPEST_NESTING = 32
_DIGITS = 20
ACTION_BODY_BYTES = 65_536
"""Limit for the small documents of the acting routes."""


Headers = Mapping[bytes, bytes]
"""Names in small letters, as ASGI gives them; of a repeated one the last."""


async def read_body(headers: Headers, receive: Receive, limit_bytes: int, accepted: Sequence[str] = (JSON,)) -> bytes:
    """The raw body of a request.

    Raises:
        Problem: 413 over the limit (before more than the limit was read), 415 when it is declared as something else
            than `accepted`.
        ClientDisconnect: the client went away.
    """
    declared = headers.get(b"content-length", b"")
    if len(declared) > _DIGITS or (declared.isdigit() and int(declared) > limit_bytes):
        raise _too_large(limit_bytes)
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit_bytes:
            raise _too_large(limit_bytes)
    if body:
        _require_kind(headers, accepted)
    return body


def parse_json(raw: bytes, count_colons: Callable[[object], int] | None = None) -> object:
    """The document, when it is strict JSON: no number out of range, no repeated key, no NUL, no deep nesting.

    `count_colons` gives the colons that a document of the expected shape needs, for less than a walk through all of
    it: one for each key, and those inside text that it knows of. Where that is as many as the body has, no key was
    repeated; where the body has more, it is walked through.

    Raises:
        Problem: 400 when it is not strict JSON, 422 when it nests too deep or holds a NUL.
    """
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "depth limit" in error.msg:
            raise _too_deep() from error
        if not raw.strip():
            raise Problem(400, "The body is empty: send a JSON document.") from None
        hint = " NaN and Infinity are not JSON: send null." if _holds_no_number(raw, error.msg) else ""
        raise Problem(400, f"The body is not strict JSON: {error}.{hint}") from None
    escaped = b"\\" in raw
    colons_in_body = raw.count(b":")
    if count_colons is not None and not escaped and colons_in_body == count_colons(document):
        return document
    pairs, colons = _tally(document, refuse_nul=escaped)
    if escaped:
        json.loads(raw, object_pairs_hook=_without_repeats)
    elif colons_in_body != pairs + colons:
        raise _repeated()
    return document


def _holds_no_number(raw: bytes, message: str) -> bool:
    return "infinity" in message or b"NaN" in raw or b"Infinity" in raw


def _tally(document: object, *, refuse_nul: bool) -> tuple[int, int]:
    """(keys in all objects, colons inside keys and text).

    Without escapes every colon of the body is one of these, so a surplus means that a key was repeated.
    """
    pairs = colons = 0
    stack: list[tuple[Iterable[object], int]] = [((document,), 0)]
    while stack:
        values, depth = stack.pop()
        if depth > DEEPEST_NESTING:
            raise _too_deep()
        for value in values:
            kind = type(value)
            if kind is str:
                colons += _colons(value, refuse_nul)  # type: ignore[arg-type]  # `kind` says that it is text
            elif kind is dict:
                assert isinstance(value, dict)
                pairs += len(value)
                colons += _colons("".join(value), refuse_nul)
                stack.append((value.values(), depth + 1))
            elif kind is list:
                stack.append((value, depth + 1))  # type: ignore[arg-type]  # `kind` says that it is a list
    return pairs, colons


def _colons(text: str, refuse_nul: bool) -> int:
    if refuse_nul and "\x00" in text:
        raise Problem(422, "The body holds text with a NUL character (\\u0000): remove it.")
    return text.count(":")


def _without_repeats(pairs: list[tuple[str, object]]) -> None:
    """Only keys matter here: the values were read by orjson."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise _repeated()


def _repeated() -> Problem:
    return Problem(400, "An object in the body gives the same key twice: give each key once.")


def _too_deep() -> Problem:
    return Problem(422, f"The body nests deeper than {DEEPEST_NESTING} levels: flatten it.")


def _too_large(limit_bytes: int) -> Problem:
    detail = f"The body is over the limit of {limit_bytes} bytes: send fewer rows per request, or raise the limit."
    return Problem(413, detail, headers={"Connection": "close"})


def _require_kind(headers: Headers, accepted: Sequence[str]) -> None:
    declared = headers.get(b"content-type", b"").decode("latin-1")
    if declared not in accepted:
        _require_kind_in_detail(declared, accepted)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Problem(415, "Content-Encoding is not understood here: send the body as it is.")


def _require_kind_in_detail(declared: str, accepted: Sequence[str]) -> None:
    kind, _, parameters = declared.partition(";")
    kind = kind.strip().lower()
    charset = parameters.strip().lower().removeprefix("charset=").strip('" ')
    is_json = kind.startswith("application/") and kind.endswith("+json") and JSON in accepted
    if kind not in accepted and not is_json:
        raise Problem(415, f"Content-Type is {declared or 'missing'!r}: send {' or '.join(accepted)}.")
    if parameters and parameters.strip().lower().startswith("charset=") and charset not in ("utf-8", "utf8"):
        raise Problem(415, f"Content-Type names the charset {charset!r}: JSON is UTF-8.")


class StrictRequest(Request):
    """A request whose JSON is read by this module, so that FastAPI validates only what passed it."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            self._body = await read_body(dict(self.scope["headers"]), self.receive, ACTION_BODY_BYTES)
        return self._body

    async def json(self) -> object:
        return parse_json(await self.body())


class StrictRoute(APIRoute):
    """A FastAPI route that reads its body through `StrictRequest`, and only for a caller who may send one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            await admit_before_reading(self, request)
            return await handle(StrictRequest(request.scope, request.receive))

        return strictly
