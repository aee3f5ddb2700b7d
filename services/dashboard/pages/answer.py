"""Which model answered this: `/audit/answer?row=ID` finds it, `/models/{model}/answer?row=ID` tells all of it."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from infra.explaining import explain
from services.dashboard import audit as record
from services.dashboard.labelling import shown_answer
from services.dashboard.navigation import Place
from services.dashboard.pages.audit import deed_path
from services.dashboard.pictures import address_of_answered, picture_feature
from services.dashboard.site import Site

USED = {"train": "learnt from it", "validation": "stopped its training by it", "holdout": "was judged by it"}


def add(routes: APIRouter, site: Site) -> None:
    """Both pages."""

    def path_of(model: str, row: str) -> str:
        return f"/models/{quote(model, safe='')}/answer?{urlencode({'row': row})}"

    @routes.get("/audit/answer", dependencies=[site.requires("read")])
    def search(request: Request) -> Response:
        row = request.query_params.get("row", "").strip()
        holders = record.holders_of(site.ports, row) if row else []
        if len(holders) == 1:
            return RedirectResponse(path_of(holders[0], row), 303)
        view = {"row": row, "holders": [(name, path_of(name, row)) for name in holders]}
        place = Place(section="audit")
        return site.page(request, "find_answer.html", view, place=place, status=404 if row and not holders else 200)

    @routes.get("/models/{model}/answer", dependencies=[site.requires("read")])
    def answer(request: Request, model: str, row: str) -> Response:
        name = site.ports.models.get(model).name
        found = explain(site.ports, name, row)
        links = site.ports.deeds.about(name, [found.decision.id]) if found.decision else {}
        view = {
            "found": found,
            "one": found.prediction,
            "picture": picture_feature(found.prediction.features),
            "address": address_of_answered(name, row),
            "used": USED,
            "shown_answer": shown_answer,
            "decision_path": next((deed_path(link) for link in links.values()), None),
            "run_page": site.navigation.has("/models/{model}/runs/{run}"),
            "shares": sorted((found.prediction.probabilities or {}).items(), key=lambda share: -share[1]),
        }
        return site.page(request, "answer.html", view, place=Place(section="model", model=name, tab="audit"))
