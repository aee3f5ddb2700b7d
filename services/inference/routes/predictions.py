"""`POST /v1/models/{model}/predictions`: the hot route. The body is read once, answered once, stored once.

FastAPI documents it; `services.inference.express` answers it before FastAPI would, through `predict` here.
"""

from __future__ import annotations

from functools import partial

import anyio
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.inference.answering import Question, answer, version_of
from services.inference.asking import ALL_OR_NOTHING, all_or_nothing
from services.inference.body import JSON, parse_json
from services.inference.call import Call, Reply
from services.inference.dialects.arrow import MEDIA_TYPE as ARROW
from services.inference.dialects.arrow import read_table, render_table, speaks_arrow
from services.inference.dialects.json_rows import count_colons, read_rows, render_rows
from services.inference.hot_bodies import PREDICTIONS_BODY
from services.inference.openapi import problems, raw_body
from services.inference.roles import requires
from services.inference.schemas import PredictionsAnswer
from services.inference.service import Service

_ACCEPTED = (JSON, ARROW)
INLINE_BYTES = 131_072
"""Bodies up to this size are parsed on the event loop; a larger one would hold up the others."""


def router(service: Service) -> APIRouter:
    """The route, bound to one service."""
    routes = APIRouter(tags=["serving"])

    @routes.post(
        "/v1/models/{model}/predictions",
        operation_id="predict",
        dependencies=[requires("predict")],
        summary="Answer rows, and remember the answers",
        response_model=None,
        responses={
            200: {"model": PredictionsAnswer, "content": {ARROW: {}}},
            **problems(400, 404, 409, 413, 415, 422, 503, 507),
        },
        openapi_extra=raw_body(PREDICTIONS_BODY, query={"all_or_nothing": ALL_OR_NOTHING}, others=[ARROW]),
    )
    async def predict_route(request: Request) -> Response:
        """A row's `id` is its idempotency key: the same id with the same features returns the stored answer.

        Every answer is on disk before it leaves, unless the model file says `logging: relaxed`. Rows that cannot
        be used are listed under `errors`.
        """
        reply = await predict(service, request.path_params["model"], Call.of(request))
        return reply.response()

    return routes


async def predict(service: Service, model: str, call: Call) -> Reply:
    """Answer one request.

    Raises:
        Problem, KeepsharpError: as `problems` translates them.
    """
    everything = all_or_nothing(call.query)
    raw = await call.body(service.settings.max_body_bytes, _ACCEPTED)
    if call.headers.get(b"content-type") != b"application/json" and speaks_arrow(call.header(b"content-type")):
        question = await _read_arrow(service, model, raw, everything)
    elif len(raw) <= INLINE_BYTES:
        question = _read(service, model, raw, everything)
    else:
        question = await anyio.to_thread.run_sync(_read, service, model, raw, everything)
    outcome = await answer(service, question)
    if b"accept" in call.headers and speaks_arrow(call.header(b"accept")):
        return Reply(body=render_table(outcome), kind=ARROW)
    return Reply(body=render_rows(outcome), kind=JSON)


def _read(service: Service, model: str, raw: bytes, everything: bool) -> Question:
    return read_rows(
        parse_json(raw, count_colons),
        model=model,
        now=service.clock(),
        max_rows=service.settings.max_rows,
        all_or_nothing=everything,
    )


async def _read_arrow(service: Service, model: str, raw: bytes, everything: bool) -> Question:
    serving = await version_of(service, model, None)
    read = partial(
        read_table,
        raw,
        model=model,
        schema=serving.bundle.schema,
        now=service.clock(),
        max_rows=service.settings.max_rows,
        all_or_nothing=everything,
    )
    return await anyio.to_thread.run_sync(read)
