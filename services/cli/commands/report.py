"""`keepsharp report`: one model on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.home import Home, Model, ports_at, settings_at
from services.cli.output import Json, answer, tell

Page = Annotated[
    Path | None, typer.Option("--html", metavar="PATH", help="Write a page for a browser, complete in one file.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp report weather --html weather.html")(report)


def report(model: Model, html: Page = None, home: Home = None, as_json: Json = False) -> None:
    """Tell how a model fared, what was decided, what it cost. It begins with what serves, and since when."""
    from infra.spec.registered import spec_as_registered
    from services.cli.account import account_of
    from services.cli.account_page import account_page
    from services.cli.account_text import account_record, account_text
    from services.cli.moments import wall_clock
    from services.cli.page_file import write_page

    ports = ports_at(settings_at(home))
    spec = spec_as_registered(ports.models.get(model).spec_yaml, model)
    told = account_of(ports, spec, wall_clock())
    text = account_text(told)
    if html is not None:
        write_page(html, account_page(told))
        if not as_json:
            text = f"wrote {html}"
        else:
            tell(f"wrote {html}")
    answer(account_record(told), text, as_json=as_json)
