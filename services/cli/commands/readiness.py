"""`keepsharp readiness`: how ready a model is for production, by what can be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from services.cli.home import Home, Model, ports_at, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from monitoring.readiness.scoring import Item, Readiness

_MARK = {0.0: "✗", 0.5: "½", 1.0: "✓"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp readiness weather --json")(readiness)


def readiness(model: Model, home: Home = None, as_json: Json = False) -> None:
    """Score the 28 tests of the ML Test Score by evidence. That is what is found here, now (Breck et al. 2017).

    A test gets 1 for what runs by itself, 0.5 for what was shown once or by hand, 0 where nothing was found. The score
    is that of the lowest of the four sections.
    """
    from services.accounts.readiness import readiness_of
    from services.cli.plain import plain

    ports = ports_at(settings_at(home))
    found = readiness_of(ports, ports.models.get(model).name)
    record = plain(found)
    assert isinstance(record, dict)
    answer(record, "\n".join(_lines(found)), as_json=as_json)


def _lines(found: Readiness) -> list[str]:
    lines = [f"{found.model}: {found.score:g} of 7, the lowest section: {found.meaning}"]
    for section, points in found.sections.items():
        lines.append(f"{section}: {points:g} of 7")
        lines += [_line(one) for one in found.items if one.section == section]
    return lines


def _line(one: Item) -> str:
    look = f"  [{one.look}]" if one.look else ""
    return f"  {_MARK[one.points]} {one.test}: {one.evidence}{look}"
