"""`/models/{model}/readiness`: the ML Test Score, each test with what shows it, and a link to where that is seen."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from monitoring.readiness.scoring import Item
from services.accounts.readiness import readiness_of
from services.dashboard.navigation import Place
from services.dashboard.site import Site

EVIDENCE = {
    "all features are beneficial": "/models/{model}#windows",
    "all input feature code is tested": "/models/{model}#decisions",
    "every model specification is reviewed and submitted": "/models/{model}/audit",
    "offline and online metrics correlate": "/models/{model}#over-time",
    "the impact of model staleness is known": "/models/{model}/retraining",
    "a simpler model is not better": "/models/{model}/retraining",
    "model quality is sufficient on important data slices": "/models/{model}#windows",
    "the model is tested for considerations of inclusion": "/models/{model}#decisions",
    "training is reproducible": "/models/{model}/audit",
    "the pipeline is integration tested": "/models/{model}/retraining",
    "model quality is validated before serving": "/models/{model}/audit",
    "the model is debuggable": "/models/{model}/audit",
    "models are canaried before serving": "/models/{model}/audit",
    "serving models can be rolled back": "/models/{model}/audit?act=rollback",
    "dependency changes result in notification": "/alerts",
    "data invariants hold for inputs": "/models/{model}#windows",
    "training and serving are not skewed": "/models/{model}#windows",
    "models are not too stale": "/models/{model}/retraining",
    "models are numerically stable": "/models/{model}/retraining",
    "computing performance has not regressed": "/models/{model}#decisions",
    "prediction quality has not regressed": "/models/{model}#over-time",
}
"""Where the evidence of a test is seen; a test without one is shown by its words and its command alone."""
MARKS = {0.0: ("none", "not shown"), 0.5: ("half", "shown once or by hand"), 1.0: ("full", "shown by itself")}


def add(routes: APIRouter, site: Site) -> None:
    """The page."""

    @routes.get("/models/{model}/readiness", dependencies=[site.requires("read")])
    def readiness(request: Request, model: str) -> Response:
        name = site.ports.models.get(model).name
        found = readiness_of(site.ports, name, lambda _, model: site.records.check(model).verified)
        view = {
            "found": found,
            "lowest": [section for section, points in found.sections.items() if points == found.score],
            "marks": MARKS,
            "link": lambda item: _link(site, name, item),
        }
        return site.page(request, "readiness.html", view, place=Place(section="model", model=name, tab="readiness"))


def _link(site: Site, model: str, item: Item) -> str | None:
    """The page that shows it; None where there is none here."""
    path = EVIDENCE.get(item.test)
    if path is None or not site.navigation.has(path.partition("#")[0].partition("?")[0]):
        return None
    return path.replace("{model}", quote(model, safe=""))
