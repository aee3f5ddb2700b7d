"""`/models/{model}/runs/{run}`: a training while it runs, then its dossier, and what a person decides about it."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from infra.crowning import Choice, appointed, dismiss_by_hand, promote_by_hand, reject_by_hand, roll_back_by_hand
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.domain.errors import Refused
from infra.dossiers import read_dossier_page
from infra.ports import Ports
from services.dashboard.forms import Form, Mistakes
from services.dashboard.navigation import Place
from services.dashboard.rendering import REPORT_POLICY
from services.dashboard.run_view import run_view, training_view
from services.dashboard.runs import run_of, told_of
from services.dashboard.site import Site
from services.forcing import tell_forced

ACTS = ("promote", "reject", "rollback", "dismiss")


def add(routes: APIRouter, site: Site) -> None:
    """The page, its live part, the dossier by itself, and four deeds."""

    @routes.get("/models/{model}/runs/{run}", dependencies=[site.requires("read")])
    def one(request: Request, model: str, run: str) -> Response:
        return _show(site, request, model, run)

    @routes.get("/models/{model}/runs/{run}/training", dependencies=[site.requires("read")])
    def training(request: Request, model: str, run: str) -> Response:
        found = run_of(site.ports, model, run)
        return site.page(request, "training.html", training_view(site.ports, found))

    @routes.get("/models/{model}/runs/{run}/dossier", dependencies=[site.requires("read")])
    def dossier(model: str, run: str) -> Response:
        found = run_of(site.ports, model, run)
        page = read_dossier_page(site.ports.artifacts, found.model, found.id)
        return HTMLResponse(page, headers={"Content-Security-Policy": REPORT_POLICY})

    @routes.post("/models/{model}/runs/{run}/{act}", dependencies=[site.requires("operate")])
    def act(request: Request, model: str, run: str, act: str) -> Response:
        found = run_of(site.ports, model, run)
        _require(site.ports, found, act)
        return _carry_out(site, request, found.model, run, act, found.version)

    @routes.post("/models/{model}/rollback", dependencies=[site.requires("operate")])
    def rollback(request: Request, model: str) -> Response:
        name = site.ports.models.get(model).name
        return _carry_out(site, request, name, None, "rollback", None)


def _require(ports: Ports, run: TrainingRun, act: str) -> None:
    """Raise Refused for a deed that would be done to another version than this run's."""
    if run.version is None or act not in ACTS:
        raise Refused(f"Run {run.id} made no version to {act}: its model's retraining page lists those that did.")
    champion, challenger = ports.versions.champion(run.model), appointed(ports, run.model, "challenger")
    if act == "rollback" and (champion is None or champion.version != run.version):
        raise Refused(f"Version {run.version} does not serve any more: there is nothing to roll back.")
    if act == "dismiss" and (challenger is None or challenger.version != run.version):
        raise Refused(f"Version {run.version} does not challenge the champion any more: there is nothing to end.")


def _show(
    site: Site, request: Request, model: str, run: str, problems: dict[str, str] | None = None, failed: str = ""
) -> Response:
    view = {
        **run_view(told_of(site.ports, model, run)),
        "problems": problems or {},
        "failed": failed,
        "sent": site.form(request) if problems else Form(),
    }
    place = Place(section="model", model=model, tab="retraining")
    return site.page(request, "run.html", view, place=place, status=422 if problems else 200)


def _carry_out(site: Site, request: Request, model: str, run: str | None, act: str, version: int | None) -> Response:
    """The deed, as the API does it; the domain refuses what cannot be."""
    onward = f"/models/{model}/retraining" if run is None else f"/models/{model}/runs/{run}"
    try:
        reason = site.form(request).text("reason", needed=True)
    except Mistakes as mistakes:
        if run is None:
            return site.see(request, onward, f"Not done: {mistakes}", kind="problem")
        return _show(site, request, model, run, mistakes.problems, act)
    at = site.clock()
    choice = Choice(decision_id=uuid.uuid4().hex, reason=reason, actor=site.actor(request), at=at)
    decision = _decide(site.ports, model, act, version, choice, force=site.form(request).get("force") == "yes")
    said = {
        "promote": f"Version {decision.version} serves from now on.",
        "rollback": f"Version {decision.version} serves again.",
        "reject": f"Version {decision.version} is rejected: it is promoted by force alone.",
        "dismiss": f"Version {decision.version} answers beside the champion no longer.",
    }
    return site.see(request, onward, said[act])


def _decide(
    ports: Ports, model: str, act: str, version: int | None, choice: Choice, *, force: bool
) -> PromotionDecision:
    if act == "rollback":
        return roll_back_by_hand(ports, model, choice)
    if act == "dismiss":
        return dismiss_by_hand(ports, model, choice)
    assert version is not None
    if act == "reject":
        return reject_by_hand(ports, model, version, choice)
    decision = promote_by_hand(ports, model, version, choice, force=force)
    tell_forced(ports, decision)
    return decision
