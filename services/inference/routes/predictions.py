"""`POST /v1/models/{model}/predictions`: the hot route. The body is read once, answered once, stored once.

FastAPI documents it; it parses, validates and renders for itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import anyio
import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from infra.domain.errors import RowError
from infra.domain.predictions import Prediction
from services.inference.body import parse_json, read_body
from services.inference.entries import entries_of
from services.inference.metrics import Metrics
from services.inference.openapi import problems, raw_body
from services.inference.predictor import Serving
from services.inference.problems import row_problem
from services.inference.routes.asking import ALL_OR_NOTHING, INLINE_BYTES, all_or_nothing, refuse_unusable, serving_of
from services.inference.rows import Draft, conflict_error, draft_predictions
from services.inference.schemas import PREDICTIONS_BODY, PredictionsAnswer
from services.inference.service import Service


def router(service: Service) -> APIRouter:
    """The route, bound to one service."""
    routes = APIRouter(tags=["serving"])

    @routes.post(
        "/v1/models/{model}/predictions",
        operation_id="predict",
        summary="Answer rows, and remember the answers",
        response_model=None,
        responses={200: {"model": PredictionsAnswer}, **problems(400, 404, 409, 413, 415, 422, 503)},
        openapi_extra=raw_body(PREDICTIONS_BODY, query={"all_or_nothing": ALL_OR_NOTHING}),
    )
    async def predict(request: Request) -> Response:
        """A row's `id` is its idempotency key: the same id with the same features returns the stored answer.

        Every answer is on disk before it leaves. Rows that cannot be used are listed under `errors`.
        """
        serving = await serving_of(service, request.path_params["model"])
        with _measured(service.metrics, serving):
            return await _answer(service, serving, request)

    return routes


async def _answer(service: Service, serving: Serving, request: Request) -> Response:
    everything = all_or_nothing(request)
    raw = await read_body(request, service.settings.max_body_bytes)
    if len(raw) <= INLINE_BYTES:
        draft = _draft(service, serving, raw)
    else:
        draft = await anyio.to_thread.run_sync(_draft, service, serving, raw)
    _count_refused(service.metrics, serving, draft.errors)
    refuse_unusable(draft.errors, len(draft.predictions), everything)
    stored = await service.log.write(draft.predictions, all_or_nothing=everything)
    conflicts = [conflict_error(row) for row, one in zip(draft.rows, stored, strict=True) if one is None]
    answers = [one for one in stored if one is not None]
    _count_refused(service.metrics, serving, conflicts)
    errors = sorted([*draft.errors, *conflicts], key=lambda error: error.row)
    refuse_unusable(errors, len(answers), everything=False, status=409)
    _count_answers(service.metrics, answers)
    return Response(_render(serving, answers, errors), media_type="application/json")


def _draft(service: Service, serving: Serving, raw: bytes) -> Draft:
    entries = entries_of(parse_json(raw), "rows", service.settings.max_rows)
    return draft_predictions(entries, serving, service.clock())


def _render(serving: Serving, answers: Sequence[Prediction], errors: Sequence[RowError]) -> bytes:
    """A repeated id has the answer, and the version, that were stored for it; so one answer may hold several."""
    versions = {one.version for one in answers}
    return orjson.dumps(
        {
            "model": serving.champion.model,
            "version": versions.pop() if len(versions) == 1 else serving.version,
            "predictions": [
                {
                    "id": one.id,
                    "value": one.value,
                    "version": one.version,
                    "probabilities": None if one.probabilities is None else dict(sorted(one.probabilities.items())),
                    "confidence": one.confidence,
                }
                for one in answers
            ],
            "errors": [row_problem(error) for error in errors],
        }
    )


@contextmanager
def _measured(metrics: Metrics, serving: Serving) -> Iterator[None]:
    labels = (serving.champion.model, str(serving.version))
    in_flight = metrics.in_flight.labels(*labels)
    in_flight.inc()
    start = time.perf_counter()
    try:
        yield
    finally:
        metrics.seconds.labels(*labels).observe(time.perf_counter() - start)
        in_flight.dec()


def _count_refused(metrics: Metrics, serving: Serving, errors: Sequence[RowError]) -> None:
    if errors:
        metrics.refused_rows.labels(serving.champion.model, "predictions").inc(len(errors))


def _count_answers(metrics: Metrics, answers: Sequence[Prediction]) -> None:
    for version in {one.version for one in answers}:
        mine = [one for one in answers if one.version == version]
        metrics.predictions.labels(mine[0].model, version).inc(len(mine))
        unknown = sum(len(one.unknown_categories) for one in mine)
        if unknown:
            metrics.unknown.labels(mine[0].model, version).inc(unknown)
