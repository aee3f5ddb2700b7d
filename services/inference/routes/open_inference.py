"""`/v2`: the Open Inference Protocol, so that clients of other servers can ask this one.

Errors are problem details with one member more, `error`, which is where clients of the protocol look.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import orjson
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from infra.domain.errors import KeepsharpError, NotFound
from services.inference.answering import Question, answer, version_of
from services.inference.body import JSON, parse_json
from services.inference.call import Call, Reply
from services.inference.dialects.model_metadata import describe_model
from services.inference.dialects.open_inference import Reply as Wanted
from services.inference.dialects.open_inference import read_inference, render_inference
from services.inference.dialects.open_inference_shapes import (
    INFERENCE_REQUEST,
    InferenceResponse,
    ModelMetadata,
    ModelReady,
    ServerLive,
    ServerMetadata,
    ServerReady,
)
from services.inference.openapi import problems
from services.inference.predictor import Serving
from services.inference.problems import clipped, response_to
from services.inference.roles import requires
from services.inference.routes.predictions import INLINE_BYTES
from services.inference.routes.probes import require_ready
from services.inference.schemas import ProtocolProblem
from services.inference.service import Service

_REQUEST_BODY = {"required": True, "content": {JSON: {"schema": INFERENCE_REQUEST}}}
_LARGEST_VERSION = 2**31 - 1


class ProtocolRoute(APIRoute):
    """A route whose errors say `error` as well."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def with_error(request: Request) -> Response:
            try:
                return await handle(request)
            except (KeepsharpError, HTTPException) as error:
                return problem_response(error)

        return with_error


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(prefix="/v2", tags=["open inference protocol"], route_class=ProtocolRoute)
    _add_server_routes(routes, service)
    for path in ("/models/{model}", "/models/{model}/versions/{version}"):
        _add_model_routes(routes, service, path)
        _add_infer(routes, service, path)
    return routes


def _add_server_routes(routes: APIRouter, service: Service) -> None:
    @routes.get("/", include_in_schema=False, dependencies=[requires("read")])
    @routes.get("", dependencies=[requires("read")], summary="What this server is", responses=_refusals())
    async def server(request: Request) -> ServerMetadata:
        """Its name and version; no extension of the protocol is offered."""
        return ServerMetadata(name=request.app.title, version=request.app.version, extensions=[])

    @routes.get("/health/live", dependencies=[requires("public")], summary="Is the server alive?")
    async def live() -> ServerLive:
        """As `/livez` says it."""
        return ServerLive(live=True)

    @routes.get(
        "/health/ready",
        dependencies=[requires("public")],
        summary="Can the server answer every model?",
        responses=_refusals(503),
    )
    async def ready() -> ServerReady:
        """As `/readyz` says it: 503 with what is missing until every champion is loaded."""
        await require_ready(service)
        return ServerReady(ready=True)


def _add_model_routes(routes: APIRouter, service: Service, path: str) -> None:
    """The same two for a model and for a version of it; without one the champion answers."""
    described = _parameters(path)

    @routes.get(
        path,
        dependencies=[requires("read")],
        summary="What a model wants and gives",
        response_model=ModelMetadata,
        responses=_refusals(404, 503),
        openapi_extra=described,
    )
    async def metadata(request: Request) -> ModelMetadata:
        """Its inputs and outputs as tensors, and which versions are loaded here."""
        serving = await _asked_for(service, request)
        challenger = service.predictor.challenger(serving.model)
        champion = service.predictor.serving(serving.model)
        loaded = {one.version for one in (champion, challenger, serving) if one is not None}
        return describe_model(serving.model, sorted(loaded), serving.bundle.schema, serving.bundle.classes)

    @routes.get(
        f"{path}/ready",
        dependencies=[requires("public")],
        summary="Can this model answer?",
        response_model=ModelReady,
        responses=_refusals(404, 503),
        openapi_extra=described,
    )
    async def ready(request: Request) -> ModelReady:
        """404 where there is no such model, 503 while it is not loaded here."""
        serving = await _asked_for(service, request)
        return ModelReady(name=serving.model, ready=True)


def _add_infer(routes: APIRouter, service: Service, path: str) -> None:
    @routes.post(
        f"{path}/infer",
        dependencies=[requires("predict")],
        summary="Answer tensors, and remember the answers",
        response_model=None,
        responses={200: {"model": InferenceResponse}, **_refusals(400, 404, 409, 413, 415, 422, 503, 507)},
        openapi_extra={**_parameters(path), "requestBody": _REQUEST_BODY},
    )
    async def infer_route(request: Request) -> Response:
        """One bad row refuses the request, unless its parameters say `all_or_nothing: false`."""
        reply = await infer(service, request.path_params["model"], Call.of(request), _version(request))
        return reply.response()


async def infer(service: Service, model: str, call: Call, version: int | None = None) -> Reply:
    """Answer one request; the champion does when no version is asked for.

    Raises:
        Problem, KeepsharpError: as `problem_response` translates them.
    """
    serving = await version_of(service, model, version)
    raw = await call.body(service.settings.max_body_bytes)
    if len(raw) <= INLINE_BYTES:
        question, wanted = _read(service, serving, version, raw)
    else:
        question, wanted = await anyio.to_thread.run_sync(_read, service, serving, version, raw)
    outcome = await answer(service, question)
    return Reply(body=render_inference(outcome, wanted, classes=serving.bundle.classes), kind=JSON)


async def _asked_for(service: Service, request: Request) -> Serving:
    return await version_of(service, request.path_params["model"], _version(request))


def _version(request: Request) -> int | None:
    """The version in the path, or None. Raises NotFound for one that no model could have."""
    text = request.path_params.get("version")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_VERSION))):
        raise NotFound(f"there is no version {clipped(text)!r}: versions are whole numbers from 1")
    return int(text)


def _read(service: Service, serving: Serving, version: int | None, raw: bytes) -> tuple[Question, Wanted]:
    return read_inference(
        parse_json(raw),
        model=serving.model,
        version=version,
        schema=serving.bundle.schema,
        classes=serving.bundle.classes,
        now=service.clock(),
        max_rows=service.settings.max_rows,
    )


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return problems(*statuses, shape=ProtocolProblem)


def _parameters(path: str) -> dict[str, Any]:
    names = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
    return {"parameters": [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]}


def problem_response(error: KeepsharpError | HTTPException) -> Response:
    """The problem that an error becomes, with its detail as `error`, too."""
    response = response_to(error)
    document = orjson.loads(bytes(response.body))
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(orjson.dumps({**document, "error": document["detail"]}), response.status_code, headers=headers)
