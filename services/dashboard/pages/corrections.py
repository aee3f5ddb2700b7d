"""`/models/{model}/corrections` and `/models/{model}/runs/{run}/corrections`: the mistakes, and what became of them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.display.corrections import correction_sentences
from infra.vouching import vouch_by_hand, withdraw_by_hand
from services.dashboard.corrected import (
    FATE_WORDS,
    MOST_TESTS,
    SHOWN_ROWS,
    cards_of,
    largest_shares,
    ledger_of,
    ledgers_of,
    missed_by,
)
from services.dashboard.forms import collecting
from services.dashboard.navigation import Place
from services.dashboard.runs import run_of
from services.dashboard.site import Site

_LARGEST_START = 100_000


def add(routes: APIRouter, site: Site) -> None:
    """Both pages, and what a person says of the tests."""

    @routes.get("/models/{model}/corrections", dependencies=[site.requires("read")])
    def of_model(request: Request, model: str) -> Response:
        found = ledgers_of(site.ports, model)
        view = {"model": model, "found": found, "tests_cut": len(found.tests) == MOST_TESTS}
        return site.page(request, "corrections.html", view, place=_place(model))

    @routes.get("/models/{model}/runs/{run}/corrections", dependencies=[site.requires("read")])
    def of_run(request: Request, model: str, run: str) -> Response:
        found = run_of(site.ports, model, run)
        ledger, fate = ledger_of(site.ports, found), request.query_params.get("fate", "all")
        fate = fate if fate in dict(FATE_WORDS) else "all"
        start = _start(request.query_params.get("from", "0"))
        cards, count = cards_of(site.ports, found, fate, start)
        view = {
            "model": found.model,
            "run": found,
            "ledger": ledger,
            "sentences": correction_sentences(ledger, None),
            "largest": largest_shares(ledger),
            "cards": cards,
            "count": count,
            "start": start,
            "next": start + SHOWN_ROWS if start + SHOWN_ROWS < count else None,
            "before": max(0, start - SHOWN_ROWS) if start else None,
            "fate": fate,
            "fates": FATE_WORDS,
            "missed_by": missed_by,
        }
        return site.page(request, "run_corrections.html", view, place=_place(found.model))

    @routes.post("/models/{model}/runs/{run}/corrections/tests", dependencies=[site.requires("operate")])
    def vouch(request: Request, model: str, run: str) -> Response:
        found = run_of(site.ports, model, run)
        return _decide(site, request, found.model, found.id)

    @routes.post("/models/{model}/tests/withdraw", dependencies=[site.requires("operate")])
    def withdraw(request: Request, model: str) -> Response:
        return _decide(site, request, site.ports.models.get(model).name, None)


def _decide(site: Site, request: Request, model: str, run: str | None) -> Response:
    """Make a row of the run a test, or with no run named end the one that is; as the API does."""
    form, problems = site.form(request), dict[str, str]()
    back = f"/models/{model}/corrections#tests" if run is None else f"/models/{model}/runs/{run}/corrections#rows"
    row = reason = ""
    with collecting(problems):
        row = form.text("id", needed=True)
    with collecting(problems):
        reason = form.text("reason", needed=True)
    if problems:
        return site.see(request, back, f"Not done: {' '.join(problems.values())}", kind="problem")
    actor, at = site.actor(request), site.clock()
    if run is None:
        withdraw_by_hand(site.ports, model, row, actor=actor, reason=reason, at=at)
        return site.see(request, back, f"No candidate is asked about row {row} any more.")
    vouch_by_hand(site.ports, model, run, row, actor=actor, reason=reason, at=at)
    return site.see(request, back, f"Every later candidate is asked about row {row}.")


def _place(model: str) -> Place:
    return Place(section="model", model=model, tab="corrections")


def _start(text: str) -> int:
    return min(int(text), _LARGEST_START) if text.isascii() and text.isdigit() and len(text) < 9 else 0
