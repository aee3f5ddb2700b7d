"""Every error of the API as RFC 9457 problem details, and nothing of the request echoed unless it is short text.

It knows the error tree and HTTP; it does not know routes. A problem's `type` is a stable URN, its `instance`
names the request, and `errors` lists rows or fields at fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar

import orjson
from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from infra.domain.errors import (
    BundleError,
    Conflict,
    DataError,
    KeepsharpError,
    NotFound,
    Refused,
    RowError,
    SpecError,
    StorageFull,
    Unavailable,
)
from services.inference.complaints import complaint

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 1
_LONGEST_TEXT = 400

request_id: ContextVar[str] = ContextVar("keepsharp_request_id", default="-")
"""The id of the request being answered, for log lines and problems."""

TITLES: Mapping[int, tuple[str, str]] = {
    400: ("malformed-request", "The request cannot be read"),
    401: ("unauthorized", "A key is needed"),
    403: ("forbidden", "The caller may not do this"),
    404: ("not-found", "There is no such thing"),
    405: ("method-not-allowed", "This route does not know that method"),
    409: ("conflict", "The request contradicts what is stored"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "The body is of a kind that is not read here"),
    421: ("misdirected", "The request was meant for another host"),
    422: ("invalid-input", "The request was read, but its contents cannot be used"),
    429: ("too-many-requests", "The requests of this minute are used up"),
    500: ("internal-error", "Something failed inside keepsharp"),
    503: ("unavailable", "The service cannot answer now"),
    507: ("storage-full", "The disk has no room left"),
}
"""(last part of `type`, `title`) of each status."""

_STATUS_OF: Sequence[tuple[type[KeepsharpError], int]] = (
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 409),
    (DataError, 422),
    (SpecError, 422),
    (BundleError, 503),
    (StorageFull, 507),
    (Unavailable, 503),
)


class Problem(HTTPException):
    """An error with its status, ready to be answered; `errors` are the rows or fields at fault."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[Mapping[str, object]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status_code=status, detail=detail, headers=dict(headers) if headers else None)
        self.errors = tuple(errors)


def clipped(text: str) -> str:
    """The text, shortened to what a person reads, and always valid UTF-8."""
    short = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}… ({len(text)} characters)"
    return short.encode("utf-8", "replace").decode("utf-8")


def row_problem(error: RowError) -> dict[str, object]:
    """One entry of `errors`: which row, which field, what is wrong."""
    field = None if error.field is None else clipped(error.field)
    return {"row": error.row, "field": field, "problem": clipped(error.problem)}


def problem_response(
    status: int,
    detail: str,
    errors: Sequence[Mapping[str, object]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that a problem becomes."""
    name, title = TITLES.get(status, ("error", "The request failed"))
    document: dict[str, object] = {
        "type": f"urn:keepsharp:problem:{name}",
        "title": title,
        "status": status,
        "detail": clipped(detail),
        "instance": f"urn:keepsharp:request:{request_id.get()}",
    }
    if errors:
        document["errors"] = list(errors)
    extra = dict(headers or {})
    if status in (503, 507):
        extra.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return Response(orjson.dumps(document), status, media_type=MEDIA_TYPE, headers=extra)


def response_to(error: KeepsharpError | StarletteHTTPException) -> Response:
    """The answer that an error on purpose becomes."""
    if isinstance(error, Problem):
        return problem_response(error.status_code, error.detail, error.errors, error.headers)
    if isinstance(error, StarletteHTTPException):
        return problem_response(error.status_code, error.detail, headers=error.headers)
    errors = [row_problem(error)] if isinstance(error, RowError) else []
    return problem_response(status_of(error), str(error), errors)


def fault_response() -> Response:
    """The answer to an error that nobody foresaw; nothing of it is told."""
    return problem_response(500, "This is a fault of keepsharp: report the request id of this answer.")


def install(app: FastAPI) -> None:
    """Answer every error that rises out of a route with problem details."""
    app.add_exception_handler(Exception, _answer_fault)
    app.add_exception_handler(StarletteHTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(KeepsharpError, _answer_known)


def status_of(error: KeepsharpError) -> int:
    """The HTTP status that says what kind of error it is; 500 for one that no client can cause."""
    return next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 500)


async def _answer_fault(_: Request, __: Exception) -> Response:
    return fault_response()


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    if isinstance(error, Problem):
        return response_to(error)
    detail = error.detail
    if error.status_code == 404:
        detail = f"There is no route {request.method} {request.url.path}: GET /openapi.json lists the routes there are."
    if error.status_code == 405:
        allowed = _allowed(request)
        detail = f"{request.method} is not possible on {request.url.path}: use {allowed}."
        return problem_response(405, detail, headers={"Allow": allowed})
    return problem_response(error.status_code, detail, headers=error.headers)


def _allowed(request: Request) -> str:
    """The methods of every route with the path that was asked: two routes may share one."""
    found = {
        method
        for route in iter_route_contexts(request.app.routes)
        if compile_path(route.path or "/")[0].match(request.url.path)
        for method in route.methods or ()
    }
    return ", ".join(sorted(found))


async def _answer_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [
        {"row": None, "field": clipped(_place(one["loc"])), "problem": clipped(complaint(one))}
        for one in error.errors()
    ]
    return problem_response(422, "; ".join(f"{one['field']}: {one['problem']}" for one in problems), problems)


def _place(location: Sequence[object]) -> str:
    """`('body', 'version')` → `body.version`."""
    return ".".join(str(part) for part in location) or "body"


async def _answer_known(_: Request, error: Exception) -> Response:
    assert isinstance(error, KeepsharpError)
    return response_to(error)
