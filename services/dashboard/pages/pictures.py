"""Pictures of rows, for who may read: of a prediction, and of a row in a run's ledger of corrections.

Their pixels alone are sent, as PNG and nothing else. What is shown under an address never changes.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from infra.domain.corrections import CorrectedRow
from infra.domain.errors import NotFound
from infra.domain.values import Features
from services.dashboard.pictures import picture_feature, png_of
from services.dashboard.site import Site

_HEADERS = {
    "Cache-Control": "private, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_LONGEST_PLACE = 1_000_000


def add(routes: APIRouter, site: Site) -> None:
    """The routes."""
    ports = site.ports

    def row_of(model: str, run_id: str, place: int) -> CorrectedRow:
        ports.models.get(model)
        found = ports.corrections.rows(run_id, 1, place - 1) if 0 < place <= _LONGEST_PLACE else []
        if not found or found[0].model != model or found[0].place != place:
            raise NotFound(f"Run {run_id} of {model} has no corrected row {place}: its page shows those it kept.")
        return found[0]

    @routes.get("/models/{model}/picture", dependencies=[site.requires("read")])
    def answered(model: str, row: str) -> Response:
        return _picture(ports.predictions.get(ports.models.get(model).name, row).prediction.features)

    @routes.get("/models/{model}/runs/{run}/rows/{place}/picture", dependencies=[site.requires("read")])
    def corrected(model: str, run: str, place: int) -> Response:
        return _picture(row_of(model, run, place).features)

    @routes.get("/models/{model}/runs/{run}/rows/{place}/saliency", dependencies=[site.requires("read")])
    def saliency(model: str, run: str, place: int) -> Response:
        return _png(row_of(model, run, place).saliency)


def _picture(features: Features) -> Response:
    name = picture_feature(features)
    return _png(None if name is None else features[name])


def _png(value: object) -> Response:
    return Response(png_of(value), headers=_HEADERS, media_type="image/png")
