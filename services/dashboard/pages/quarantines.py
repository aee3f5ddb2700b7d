"""`/models/{model}/quarantines/{id}`: labels held back from training, and a person's word that they are right."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.releasing import release_by_hand
from services.dashboard import labelling as desk
from services.dashboard.forms import Form, Mistakes
from services.dashboard.navigation import Place
from services.dashboard.site import Site

SHOWN_LABELS = 50


def add(routes: APIRouter, site: Site) -> None:
    """The page, and the release."""

    def show(
        request: Request, model: str, quarantine_id: str, problems: dict[str, str] | None = None, status: int = 200
    ) -> Response:
        held = desk.quarantine_of(site.ports, site.ports.models.get(model).name, quarantine_id)
        joined = site.ports.labels.joined(model, held.first_place - 1, held.last_place - held.first_place + 1)
        of_source = [one for one in joined if one.place <= held.last_place and held.source in (None, one.label.source)]
        view = {
            "model": model,
            "held": held,
            "joined": of_source[:SHOWN_LABELS],
            "count": len(of_source),
            "shown_answer": desk.shown_answer,
            "problems": problems or {},
            "sent": site.form(request) if problems else Form(),
        }
        place = Place(section="model", model=model, tab="labelling")
        return site.page(request, "quarantine.html", view, place=place, status=status)

    @routes.get("/models/{model}/quarantines/{quarantine_id}", dependencies=[site.requires("read")])
    def quarantine(request: Request, model: str, quarantine_id: str) -> Response:
        return show(request, model, quarantine_id)

    @routes.post("/models/{model}/quarantines/{quarantine_id}/release", dependencies=[site.requires("operate")])
    def release(request: Request, model: str, quarantine_id: str) -> Response:
        try:
            reason = site.form(request).text("reason", needed=True)
        except Mistakes as mistakes:
            return show(request, model, quarantine_id, mistakes.problems, 422)
        name = site.ports.models.get(model).name
        release_by_hand(site.ports, name, quarantine_id, actor=site.actor(request), reason=reason, at=site.clock())
        return site.see(request, f"/models/{name}/labelling", "Released: these labels are learnt from again.")
