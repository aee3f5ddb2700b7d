"""`/costs` and `/models/{model}/costs`: what was spent, on what, what is left, and what it brought in; as CSV too."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.ledger.summing import By, entries_of
from infra.spec.budgets import read_budgets
from services.accounts.backtests import Kept, kept_backtest
from services.accounts.cost_sheets import entries_csv, sums_csv
from services.accounts.costs import cost_account
from services.dashboard.cost_views import CHOICES, costs_view
from services.dashboard.navigation import Place
from services.dashboard.site import Site

_BYTE_ORDER_MARK = "\ufeff"
"""Without it some spreadsheets read UTF-8 as something else."""


def add(routes: APIRouter, site: Site) -> None:
    """The pages and the sheets."""

    def show(request: Request, model: str | None, place: Place) -> Response:
        account, by = cost_account(site.ports, read_budgets(site.budgets), model, site.ledger), _by(request, model)
        view = costs_view(account, by, site.ledger.sums(model, by, account.tally), _kept(site, model))
        base = "/costs" if model is None else f"/models/{quote(model, safe='')}/costs"
        return site.page(request, "costs.html", {**view, "model": model, "base": base}, place=place)

    @routes.get("/costs", dependencies=[site.requires("read")])
    def everything(request: Request) -> Response:
        return show(request, None, Place(section="costs"))

    @routes.get("/models/{model}/costs", dependencies=[site.requires("read")])
    def of_model(request: Request, model: str) -> Response:
        name = site.ports.models.get(model).name
        return show(request, name, Place(section="model", model=name, tab="costs"))

    @routes.get("/costs/{sheet}.csv", dependencies=[site.requires("read")])
    def sheet(request: Request, sheet: str) -> Response:
        return _sheet(site, request, None, sheet)

    @routes.get("/models/{model}/costs/{sheet}.csv", dependencies=[site.requires("read")])
    def sheet_of_model(request: Request, model: str, sheet: str) -> Response:
        return _sheet(site, request, site.ports.models.get(model).name, sheet)


def _by(request: Request, model: str | None) -> By:
    asked = request.query_params.get("by", "")
    return next((name for name, _ in CHOICES if name == asked), "month" if model is None else "stage")


def _kept(site: Site, model: str | None) -> dict[str, Kept]:
    """The kept backtest of the one model, or of all that have one."""
    names = [model] if model is not None else [one.name for one in site.ports.models.all()]
    found = {name: kept_backtest(site.ports.artifacts, name) for name in names}
    return {name: kept for name, kept in found.items() if kept is not None}


def _sheet(site: Site, request: Request, model: str | None, sheet: str) -> Response:
    """`ledger`, every entry; anything else, the sums that the page shows."""
    by = _by(request, model)
    name = "ledger" if sheet == "ledger" else f"by-{by.replace('_', '-')}"
    text = (
        entries_csv(list(entries_of(site.ports, model)))
        if sheet == "ledger"
        else sums_csv(site.ledger.sums(model, by), by)
    )
    headers = {"Content-Disposition": f'attachment; filename="costs-{model or "all"}-{name}.csv"'}
    return Response(_BYTE_ORDER_MARK + text + "\n", headers=headers, media_type="text/csv; charset=utf-8")
