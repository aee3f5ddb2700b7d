"""`/models/{model}/retraining`: every reason to retrain with its numbers, what followed, and what a person may ask."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.approving import approve_by_hand
from infra.domain.errors import Refused
from infra.ports import RegisteredModel
from infra.wishing import wish_by_hand
from services.dashboard.forms import Form, Mistakes, collecting
from services.dashboard.model_file import currency_of, spec_of
from services.dashboard.navigation import Place
from services.dashboard.site import Site
from services.dashboard.spending import Month, month_of
from services.dashboard.timeline import SHOWS, Timeline, cost_words, gain_words, timeline_of

HOWS = (("warm", "from the champion's weights"), ("scratch", "from random weights"))
_LABELS = {"all": "everything", "trained": "trained and decided", "refused": "refused", "waiting": "waiting"}


def add(routes: APIRouter, site: Site) -> None:
    """The page, the wish, and the word on what a budget holds."""

    @routes.get("/models/{model}/retraining", dependencies=[site.requires("read")])
    def retraining(request: Request, model: str) -> Response:
        return _show(site, request, site.ports.models.get(model))

    @routes.post("/models/{model}/retrain", dependencies=[site.requires("operate")])
    def ask(request: Request, model: str) -> Response:
        known, form, problems = site.ports.models.get(model), site.form(request), dict[str, str]()
        reason = how = ""
        with collecting(problems):
            reason = form.text("reason", needed=True)
        with collecting(problems):
            how = form.choice("how", tuple(key for key, _ in HOWS))
        if problems:
            return _show(site, request, known, problems, status=422)
        wish_by_hand(
            site.ports,
            known.name,
            trigger_id=uuid.uuid4().hex,
            reason=reason,
            how=how,
            actor=site.actor(request),
            at=site.clock(),
        )
        said = "Your wish is kept: the next look of the retraining flow answers it, or refuses it with its numbers."
        return site.see(request, f"/models/{model}/retraining", said)

    @routes.post("/models/{model}/triggers/{trigger}/{word}", dependencies=[site.requires("operate")])
    def decide(request: Request, model: str, trigger: str, word: str) -> Response:
        known = site.ports.models.get(model)
        approved = {"approve": True, "decline": False}.get(word)
        if approved is None or site.ports.triggers.get(trigger).model != known.name:
            raise Refused("A retraining that a budget holds is approved or declined on its model's page.")
        try:
            reason = site.form(request).text("reason", needed=True)
        except Mistakes as mistakes:
            return _show(site, request, known, mistakes.problems, status=422)
        actor, at = site.actor(request), site.clock()
        approve_by_hand(site.ports, trigger, approved=approved, actor=actor, reason=reason, at=at)
        said = "Approved: the next look begins it." if approved else "Declined: it is on record with your name."
        return site.see(request, f"/models/{model}/retraining", said)


def _month(site: Site, known: RegisteredModel, timeline: Timeline) -> Month | None:
    """The month of the newest entry, in event time; None before the first."""
    if not timeline.entries:
        return None
    spec = spec_of(known)
    cap = spec.budget.monthly if spec is not None and spec.budget is not None else None
    currency = spec.costs.currency if spec is not None else ""
    return month_of(site.ports.costs, known.name, timeline.entries[0].at, cap, currency)


def _show(
    site: Site, request: Request, known: RegisteredModel, problems: dict[str, str] | None = None, status: int = 200
) -> Response:
    timeline, asked = timeline_of(site.ports, known.name), request.query_params.get("show", "all")
    show = asked if asked in SHOWS else "all"
    view = {
        "model": known.name,
        "timeline": timeline,
        "entries": timeline.shown(show),
        "show": show,
        "shows": [(one, _LABELS[one], timeline.count(one)) for one in SHOWS],
        "champion": site.ports.versions.champion(known.name),
        "currency": currency_of(known),
        "month": _month(site, known, timeline),
        "hows": HOWS,
        "gain_words": gain_words,
        "cost_words": cost_words,
        "problems": problems or {},
        "sent": site.form(request) if problems else Form(),
    }
    place = Place(section="model", model=known.name, tab="retraining")
    return site.page(request, "retraining.html", view, place=place, status=status)
