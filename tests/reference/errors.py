"""The page of errors: the tree that keepsharp raises, and what each means on a terminal and over HTTP."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from infra.domain import errors
from infra.domain.errors import KeepsharpError
from services.cli.main import FAILED, REFUSED, WRONG, exit_code
from services.inference.problems import TITLES, status_of
from tests.reference.markdown import code, page, table

INTRODUCTION = """
Each message says what happened, shows the offending value, and says what to do next. On a terminal it goes to
standard error (with `--json` as `{"error": {"kind": …, "message": …}, "exit_code": …}` to standard output too). Over
HTTP it is a problem document (RFC 9457) of type `urn:keepsharp:problem:NAME`, whose `errors` name the rows and fields
at fault and whose `instance` is the request's id in the log.
"""
UNEXPECTED = """
Anything else is a fault of keepsharp: exit code 1, HTTP 500. `KEEPSHARP_DEBUG=1` shows where on a terminal; over HTTP
the log has the traceback under the request's id.
"""
REMEDIES = {
    400: "Send one JSON object; `detail` says where reading ended. Keys may not be given twice, and NaN is no number.",
    401: "Send `Authorization: Bearer KEY`; `keepsharp keys create NAME --role …` makes one.",
    403: "Use a key with the role that `detail` names, or send the form again from the page itself.",
    404: "`GET /v1/models` lists the models, `GET /openapi.json` the routes.",
    405: "Use a method that the header `Allow` names.",
    409: "The id was used with other contents, or a rule said no: `detail` says which.",
    413: "Send fewer rows, or raise `KEEPSHARP_MAX_ROWS` and `KEEPSHARP_MAX_BODY_BYTES`.",
    415: "Send `application/json`, or an Arrow stream where the route takes one.",
    421: "Name the host in the proxy, or bind to an address on which keys are asked for.",
    422: "`errors` has the row and the field, and what would be accepted. Other rows may be sent again alone.",
    429: "Wait as long as `Retry-After` says; `keepsharp keys create --per-minute` gives a key another limit.",
    500: "Report the request id of `instance`; nothing of the fault is told over HTTP.",
    503: "Wait as long as `Retry-After` says and send again: ids make it safe. `/readyz` says what is missing.",
    507: "Make room on the disk; it heals by itself. Nothing that was acknowledged is lost.",
}
"""What to do about each status; one that is missing here fails the test."""


def errors_page() -> str:
    """The page."""
    tree = table(("error", "what happened", "what to do", "exit code", "HTTP"), _rows())
    problems = table(("status", "type", "what happened", "what to do"), _problems())
    return page("Errors", INTRODUCTION, "## On purpose", tree, UNEXPECTED, "## Over HTTP", problems)


def _rows() -> Iterator[tuple[str, ...]]:
    for kind in _tree(KeepsharpError):
        told, _, remedy = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
        assert remedy, f"{kind.__name__}: say in its docstring what to do, as a second paragraph"
        error = kind.__new__(kind)
        code_of = {FAILED: "1, failed", WRONG: "2, wrong", REFUSED: "3, refused"}[exit_code(error)]
        yield code(kind.__name__), told, remedy, code_of, str(status_of(error))


def _tree(kind: type[KeepsharpError]) -> Iterator[type[KeepsharpError]]:
    for one in kind.__subclasses__():
        if one.__module__ == errors.__name__:
            yield one
            yield from _tree(one)


def _problems() -> Iterator[tuple[str, ...]]:
    for status, (name, title) in TITLES.items():
        yield str(status), code(name), title + ".", REMEDIES[status]
