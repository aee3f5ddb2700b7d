"""`/audit`, `/models/{model}/audit` and one deed whole: who did what, and whether the record holds."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.domain.deeds import INSTALLATION, Link
from infra.domain.errors import NotFound
from services.dashboard import audit as record
from services.dashboard.audit import Wanted
from services.dashboard.navigation import Place
from services.dashboard.site import Site

EVERY, OF_INSTALLATION = "every", "installation"


def add(routes: APIRouter, site: Site) -> None:
    """The pages."""

    def whole(request: Request) -> bool:
        return request.query_params.get("check") == "whole"

    @routes.get("/audit", dependencies=[site.requires("read")])
    def everything(request: Request) -> Response:
        asked = request.query_params.get("chain", EVERY)
        models = [one.name for one in site.ports.models.all()]
        chosen = {EVERY: None, OF_INSTALLATION: INSTALLATION}.get(asked, asked)
        if chosen is not None and chosen not in (*models, INSTALLATION):
            raise NotFound(f"There is no model {asked!r}: choose one from the list.")
        options = [(EVERY, "All"), (OF_INSTALLATION, "The installation"), *((name, name) for name in models)]
        chains = record.chains(site.ports, site.records, None, whole=whole(request))
        view = {"chains": chains, "chain": asked, "options": options, "model": None}
        return _show(site, request, view, chosen, Place(section="audit"))

    @routes.get("/models/{model}/audit", dependencies=[site.requires("read")])
    def of_model(request: Request, model: str) -> Response:
        name, said = site.ports.models.get(model).name, request.query_params.get("head", "").strip()
        witness = record.head_from(said)
        problems = {"head": "Give PLACE:HASH, as this page or `keepsharp audit verify` shows it."}
        view = {
            "chains": record.chains(site.ports, site.records, name, witness, whole=whole(request)),
            "witness": witness,
            "said": said,
            "problems": problems if said and witness is None else {},
            "model": name,
        }
        return _show(site, request, view, name, Place(section="model", model=name, tab="audit"))

    @routes.get("/models/{model}/audit/{place}", dependencies=[site.requires("read")])
    def deed(request: Request, model: str, place: int) -> Response:
        name = site.ports.models.get(model).name
        where = Place(section="model", model=name, tab="audit")
        return _deed(site, request, record.link_at(site.ports, name, place), where)

    @routes.get("/audit/installation/{place}", dependencies=[site.requires("read")])
    def deed_of_installation(request: Request, place: int) -> Response:
        return _deed(site, request, record.link_at(site.ports, INSTALLATION, place), Place(section="audit"))


def deed_path(link: Link) -> str:
    """Where one deed is told whole."""
    model = link.deed.model
    base = "/audit/installation" if model == INSTALLATION else f"/models/{quote(model, safe='')}/audit"
    return f"{base}/{link.place}"


def _show(site: Site, request: Request, view: Mapping[str, object], chosen: str | None, place: Place) -> Response:
    asked = request.query_params
    wanted = Wanted(model=chosen, actor=asked.get("actor", ""), act=asked.get("act", ""))
    log = record.log_of(site.ports, wanted)
    given = {
        "log": log,
        "actors": [("", "anybody"), *((name, name) for name in log.actors)],
        "acts": [("", "any"), *((name, name) for name in log.acts)],
        "wanted": wanted,
        "named": record.named,
        "brief": record.brief,
        "deed_path": deed_path,
        "witness": None,
    }
    return site.page(request, "audit.html", {**given, **view}, place=place)


def _deed(site: Site, request: Request, link: Link, place: Place) -> Response:
    content = record.content_of(link)
    run = content.get("run_id") if link.deed.about == "decision" else None
    before = link.place - 1
    view = {
        "link": link,
        "content": content,
        "named": record.named,
        "before": before or None,
        "after": link.place + 1 if site.ports.deeds.head(link.deed.model).place > link.place else None,
        "base": deed_path(link).rpartition("/")[0],
        "run": run if run and site.navigation.has("/models/{model}/runs/{run}") else None,
    }
    return site.page(request, "deed.html", view, place=place)
