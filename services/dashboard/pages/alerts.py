"""`/alerts` and `/alerts/{id}`: what is broken, the evidence, what was done, and what a person says to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.domain.alerts import SEVERITIES
from infra.domain.errors import Refused
from infra.tending import Act, Word, tend
from services.dashboard.alert_facts import facts_of, namings_of, windows_of
from services.dashboard.alert_picture import HEIGHT, WIDTH, draw_around
from services.dashboard.alerts import STANDING, STATES, Case, Wanted, case_of, ends_at, inbox
from services.dashboard.forms import Form, Mistakes
from services.dashboard.navigation import Place
from services.dashboard.runbooks import address_of
from services.dashboard.site import Site

SPANS = (("1h", "1 hour"), ("8h", "8 hours"), ("1d", "1 day"), ("7d", "1 week"))
_LENGTHS = {"1h": timedelta(hours=1), "8h": timedelta(hours=8), "1d": timedelta(days=1), "7d": timedelta(days=7)}
_SAID = {
    "acknowledge": "Acknowledged: it stands, and you look after it.",
    "silence": "Silenced: nobody is reminded until then.",
    "resolve": "Resolved. A new breach opens a new alert.",
    "note": "The note is kept.",
    "assign": "Its owner was changed.",
}


def add(routes: APIRouter, site: Site) -> None:
    """Both pages, and the five acts."""

    @routes.get("/alerts", dependencies=[site.requires("read")])
    def alerts(request: Request) -> Response:
        wanted = _wanted(request)
        view = {
            "inbox": inbox(site.ports, wanted),
            "wanted": wanted,
            "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            "states": [(one, "not resolved" if one == STANDING else one) for one in STATES],
            "severities": tuple(reversed(SEVERITIES)),
        }
        return site.page(request, "alerts.html", view, place=Place(section="alerts"))

    @routes.get("/alerts/{alert_id}", dependencies=[site.requires("read")])
    def one(request: Request, alert_id: str) -> Response:
        return _show(site, request, alert_id)

    def act(what: Act) -> None:
        @routes.post(f"/alerts/{{alert_id}}/{what}", dependencies=[site.requires("operate")])
        def done(request: Request, alert_id: str) -> Response:
            return _act(site, request, what, alert_id)

    for what in _SAID:
        act(what)  # type: ignore[arg-type]


def _wanted(request: Request) -> Wanted:
    """What the address asks for; a word that is none of ours means all."""
    asked = request.query_params
    state, severity = asked.get("state", STANDING), asked.get("severity", "")
    return Wanted(
        model=asked.get("model", ""),
        state=state if state in STATES else STANDING,
        severity=severity if severity in SEVERITIES else "",
    )


def _show(
    site: Site,
    request: Request,
    alert_id: str,
    problems: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    case = case_of(site.ports, alert_id)
    view = {
        "case": case,
        "facts": facts_of(case.alert, case.metric),
        "namings": namings_of(case.alert),
        "windows": windows_of(case.alert),
        "picture": _picture(case),
        "size": (WIDTH, HEIGHT),
        "runbook": address_of(case.alert.runbook),
        "spans": SPANS,
        "problems": problems or {},
        "sent": site.form(request) if problems else Form(),
    }
    return site.page(request, "alert.html", view, place=Place(section="alerts"), status=status)


def _picture(case: Case) -> object:
    accepted, limit = (case.alert.evidence.get(name) for name in ("accepted", "limit"))
    return draw_around(
        case.windows,
        case.metric,
        opened=case.alert.opened_at,
        until=ends_at(case.alert),
        accepted=accepted if isinstance(accepted, float) else None,
        limit=limit if isinstance(limit, float) and isinstance(accepted, float) else None,
    )


def _act(site: Site, request: Request, what: Act, alert_id: str) -> Response:
    site.ports.alerts.get(alert_id)
    form, at = site.form(request), site.clock()
    try:
        word = Word(
            actor=site.actor(request),
            at=at,
            note=form.text("note", needed=what == "note"),
            until=_until(form, at) if what == "silence" else None,
            owner=form.text("owner", needed=True, at_most=200) if what == "assign" else "",
        )
        tend(site.ports, what, alert_id, word)
    except Mistakes as mistakes:
        return _show(site, request, alert_id, mistakes.problems, status=422)
    except Refused as refusal:
        return site.see(request, f"/alerts/{alert_id}", f"Not done: {refusal}.", kind="problem")
    return site.see(request, form.get("back") or f"/alerts/{alert_id}", _SAID[what])


def _until(form: Form, at: datetime) -> datetime:
    """The end of a silence: the moment that was named (UTC), else so long from now. Raises Mistakes."""
    named = form.get("moment")
    if not named:
        return at + _LENGTHS[form.choice("span", tuple(_LENGTHS))]
    try:
        moment = datetime.fromisoformat(named)
    except ValueError as error:
        raise Mistakes({"moment": "Write it as 2026-03-01T12:00."}) from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if moment <= at:
        raise Mistakes({"moment": "That is over: name a later moment, in UTC."})
    return moment
