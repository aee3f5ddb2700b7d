"""The pages, one module each: `add(routes, site)` puts its routes on the router. A new page is one more name here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter
from fastapi.routing import APIRoute

from infra.ports import Ports
from infra.signing import Signer
from services.dashboard.assets import page_assets
from services.dashboard.door import Door
from services.dashboard.navigation import Navigation
from services.dashboard.page_route import page_route, unknown_page
from services.dashboard.pages import (
    alerts,
    answer,
    audit,
    corrections,
    costs,
    events,
    fleet,
    labelling,
    model,
    pictures,
    quarantines,
    readiness,
    retraining,
    run,
    runbooks,
    signing_in,
    static_files,
    window,
    window_report,
)
from services.dashboard.rendering import Renderer
from services.dashboard.site import Site

PAGES = (
    fleet,
    model,
    window,
    window_report,
    labelling,
    quarantines,
    costs,
    audit,
    answer,
    readiness,
    pictures,
    events,
    signing_in,
    static_files,
    alerts,
    retraining,
    run,
    corrections,
    runbooks,
)


def dashboard_pages(
    ports: Ports,
    door: Door,
    signer: Signer,
    *,
    budgets: Path | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> APIRouter:
    """Every page. `budgets` is the file of those of cost centres; `clock` gives the moment of what a person does."""
    assets = page_assets()
    renderer = Renderer(assets)
    navigation = Navigation()
    site = Site(
        ports=ports,
        door=door,
        signer=signer,
        assets=assets,
        renderer=renderer,
        navigation=navigation,
        clock=clock,
        budgets=budgets,
    )
    routes = APIRouter(include_in_schema=False, route_class=page_route(site), default=unknown_page(site))
    for page in PAGES:
        page.add(routes, site)
    navigation.show_only({route.path for route in routes.routes if isinstance(route, APIRoute)})
    return routes
