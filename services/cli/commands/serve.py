"""`keepsharp serve`: the HTTP API and the dashboard, in this process."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.home import Home, settings_at
from services.cli.output import Json, answer

Host = Annotated[
    str | None, typer.Option("--host", metavar="ADDRESS", help="The address to listen on; default: KEEPSHARP_HOST.")
]
Port = Annotated[
    int | None, typer.Option("--port", min=1, max=65535, help="The port to listen on; default: KEEPSHARP_PORT.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp serve --port 8000")(serve)


def serve(host: Host = None, port: Port = None, home: Home = None, as_json: Json = False) -> None:
    """Serve the HTTP API and the dashboard until told to stop."""
    from infra.installation import require_free
    from infra.signing import installation_signer
    from infra.wiring import build_ports
    from services.dashboard.pages import dashboard_pages
    from services.inference import server
    from services.inference.front_door import FrontDoor

    given = {"host": host, "port": port}
    settings = settings_at(home).model_copy(update={name: value for name, value in given.items() if value is not None})
    server.require_permission(settings)
    require_free({"--port": ("the API and the dashboard", settings.port)}, settings.host)
    ports = build_ports(settings)
    server.require_key(settings, ports.keys)
    url = f"http://{settings.host}:{settings.port}"
    answer({"url": url}, f"the API and the dashboard: {url}", as_json=as_json)
    door, signer = FrontDoor(settings.session_hours * 3600), installation_signer(settings)
    pages = dashboard_pages(ports, door, signer, budgets=settings.budgets)
    server.serve(settings, lambda _: ports, pages=lambda _: [pages])
