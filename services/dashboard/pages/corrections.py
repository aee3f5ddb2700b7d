"""`/models/{model}/corrections` and `/models/{model}/runs/{run}/corrections`: the mistakes, and what became of them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.display.corrections import correction_sentences
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
from services.dashboard.navigation import Place
from services.dashboard.runs import run_of
from services.dashboard.site import Site

_LARGEST_START = 100_000


def add(routes: APIRouter, site: Site) -> None:
    """Both pages."""

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


def _place(model: str) -> Place:
    return Place(section="model", model=model, tab="corrections")


def _start(text: str) -> int:
    return min(int(text), _LARGEST_START) if text.isascii() and text.isdigit() and len(text) < 9 else 0
