"""`/`: every model on one line, those that need a person first; `/fleet/lines` is what of it is live."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dashboard.fleet import Row, chosen, fleet_rows, totals
from services.dashboard.navigation import Place
from services.dashboard.shared import Shared
from services.dashboard.site import Site
from services.dashboard.sparkline import HEIGHT, WIDTH


def add(routes: APIRouter, site: Site) -> None:
    """The page, and its live part."""
    everything: Shared[list[Row]] = Shared(site.ports.fleet.marks)
    written: Shared[str] = Shared(site.ports.fleet.marks)

    def lines(health: str) -> str:
        """The part with figures: the same for all who may read it."""
        word = chosen(health)

        def write() -> str:
            rows = everything.get("rows", lambda: fleet_rows(site.ports))
            shown = [row for row in rows if word in (None, row.health.word)]
            view = {"rows": shown, "count": len(rows), "totals": totals(rows), "word": word}
            return site.renderer.html("fleet_lines.html", {**view, "spark_size": (WIDTH, HEIGHT)})

        return written.get(word, write)

    @routes.get("/", dependencies=[site.requires("read")])
    def fleet(request: Request, health: str = "") -> Response:
        view = {"lines": lines(health), "word": chosen(health)}
        return site.page(request, "fleet.html", view, place=Place(section="fleet"))

    @routes.get("/fleet/lines", dependencies=[site.requires("read")])
    def live(request: Request, health: str = "") -> Response:
        return site.page(request, "part.html", {"part": lines(health)})
