"""`POST /v1/models/{model}/labels`: truth that arrives late, kept even before its prediction."""

from __future__ import annotations

from collections import Counter

import anyio
import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from infra.domain.predictions import LabelOutcome
from infra.spec.registered import spec_as_registered
from services.inference.asking import ALL_OR_NOTHING, all_or_nothing, registered
from services.inference.body import JSON, parse_json
from services.inference.call import Call, Reply
from services.inference.entries import entries_of
from services.inference.hot_bodies import LABELS_BODY
from services.inference.label_entries import ReadLabels, Task, read_labels
from services.inference.openapi import problems, raw_body
from services.inference.problems import row_problem
from services.inference.refusing import refuse_unusable
from services.inference.roles import requires
from services.inference.schemas import LabelsAnswer
from services.inference.service import Service

_OUTCOMES: tuple[LabelOutcome, ...] = ("joined", "waiting", "repeated", "corrected")


def router(service: Service) -> APIRouter:
    """The route, bound to one service."""
    routes = APIRouter(tags=["serving"])

    @routes.post(
        "/v1/models/{model}/labels",
        operation_id="label",
        dependencies=[requires("label")],
        summary="Say what was true",
        response_model=None,
        responses={200: {"model": LabelsAnswer}, **problems(400, 404, 413, 415, 422, 503, 507)},
        openapi_extra=raw_body(LABELS_BODY, query={"all_or_nothing": ALL_OR_NOTHING}),
    )
    async def label_route(request: Request) -> Response:
        """A label joins the prediction of its `id`, or waits for it; another value later is kept as a correction."""
        reply = await label(service, request.path_params["model"], Call.of(request))
        return reply.response()

    return routes


async def label(service: Service, model: str, call: Call) -> Reply:
    """Keep the labels of one request.

    Raises:
        Problem, KeepsharpError: as `problems` translates them.
    """
    everything = all_or_nothing(call.query)
    serving = service.predictor.serving(model)
    task = serving.bundle.task if serving else await anyio.to_thread.run_sync(_task_of, service, model)
    raw = await call.body(service.settings.max_body_bytes)
    read, outcomes = await anyio.to_thread.run_sync(_store, service, model, task, raw, everything)
    service.watching.notice(model)
    return Reply(body=orjson.dumps(_summary(service, model, read, outcomes)), kind=JSON)


def _task_of(service: Service, model: str) -> Task:
    """Of a model that nothing serves yet. Raises NotFound for an unknown one."""
    known = registered(service, model)
    return spec_as_registered(known.spec_yaml, model).task


def _store(
    service: Service, model: str, task: Task, raw: bytes, everything: bool
) -> tuple[ReadLabels, list[LabelOutcome]]:
    entries = entries_of(parse_json(raw), "labels", service.settings.max_rows)
    read = read_labels(entries, model=model, task=task, now=service.clock())
    if read.errors:
        service.metrics.refused_rows.labels(model, "labels").inc(len(read.errors))
    refuse_unusable(read.errors, len(read.labels), everything)
    return read, service.ports.labels.add(read.labels)


def _summary(service: Service, model: str, read: ReadLabels, outcomes: list[LabelOutcome]) -> dict[str, object]:
    counts = Counter(outcomes)
    for outcome, count in counts.items():
        service.metrics.labels.labels(model, outcome).inc(count)
    return {
        "model": model,
        **{outcome: counts[outcome] for outcome in _OUTCOMES},
        "errors": [row_problem(error) for error in read.errors],
    }
