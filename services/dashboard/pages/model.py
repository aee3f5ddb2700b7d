"""`/models/{model}`: one model over event time, and what its pictures are drawn from."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.domain.errors import NotFound
from services.dashboard.accuracy_option import accuracy_option
from services.dashboard.heat_map import FIRST_FEATURES, Cells, cell_figures, picture
from services.dashboard.model_view import drift_cells, model_view, scene_of
from services.dashboard.navigation import Place
from services.dashboard.packing import travelling
from services.dashboard.part import part_of
from services.dashboard.site import Site
from services.dashboard.story import story_of

_EVERY = 10_000


def add(routes: APIRouter, site: Site) -> None:
    """The page, the chart to explore, and the picture of drift with its figures."""

    @routes.get("/models/{model}", dependencies=[site.requires("read")])
    def overview(request: Request, model: str) -> Response:
        asked = request.query_params
        view = model_view(
            story_of(site.ports, model),
            part_of(asked),
            every_feature=_all_of(request, "features"),
            every_window=_all_of(request, "windows"),
        )
        return site.page(request, "model.html", view, place=Place(section="model", model=model, tab="overview"))

    @routes.get("/models/{model}/accuracy.json", dependencies=[site.requires("read")])
    def accuracy(request: Request, model: str) -> Response:
        part = part_of(request.query_params)
        story = story_of(site.ports, model, with_drifts=False).of_version(part.version)
        return _json(request, accuracy_option(scene_of(story), part))

    @routes.get("/models/{model}/drift.png", dependencies=[site.requires("read")])
    def drift_picture(request: Request, model: str) -> Response:
        drawn = picture(_cells(request, model), most=_features(request))
        return Response(drawn, media_type="image/png", headers={"Cache-Control": "no-cache"})

    @routes.get("/models/{model}/drift.json", dependencies=[site.requires("read")])
    def drift_figures(request: Request, model: str) -> Response:
        return _json(request, cell_figures(_cells(request, model), most=_features(request)))

    def _cells(request: Request, model: str) -> Cells:
        cells = drift_cells(story_of(site.ports, model).within(part_of(request.query_params)))
        if cells is None:
            raise NotFound(f"No window of {model} was compared with its reference in this part: show everything")
        return cells


def _all_of(request: Request, name: str) -> bool:
    return request.query_params.get(name) == "all"


def _features(request: Request) -> int:
    return _EVERY if _all_of(request, "features") else FIRST_FEATURES


def _json(request: Request, found: dict[str, object]) -> Response:
    return travelling(request, orjson.dumps(found), "application/json", {"Cache-Control": "no-store"})
