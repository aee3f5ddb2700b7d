"""`keepsharp alerts`: what is broken, and what a person says to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, is_empty, nothing_yet, ports_at, settings_at
from services.cli.output import Json, answer
from services.cli.person import person

if TYPE_CHECKING:
    from infra.domain.alerts import Alert
    from infra.ports import Ports

ACTS = ("acknowledge", "silence", "resolve")
_PAGE = 1000
Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MODEL | acknowledge ID | silence ID | resolve ID]", help="A model, or what to do with which alert."
    ),
]
All = Annotated[bool, typer.Option("--all", help="Resolved ones too.")]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="WHEN", help="For silence: an ISO 8601 moment, or how long, such as 8h or 7d."),
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="What you say to it; kept with the alert.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp alerts silence 3f2a9c41d07be856 --until 8h")(alerts)


def alerts(
    words: Words = None,
    everything: All = False,
    until: Until = None,
    note: Note = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the alerts that are not resolved, or acknowledge, silence or resolve one by its id."""
    from services.cli.moments import wrong

    said = words or []
    settings = settings_at(home)
    if len(said) > 2 or (len(said) == 2 and said[0] not in ACTS):
        raise wrong(" ".join(said), f"name at most one model, or one of {', '.join(ACTS)} and the id of an alert")
    if (until is not None) != (len(said) == 2 and said[0] == "silence"):
        raise wrong("--until", "belongs to `alerts silence ID`, which needs it: `--until 8h`")
    if len(said) == 2:
        _act(ports_at(settings), said[0], said[1], until, note, as_json=as_json)
    elif is_empty(settings) and not said:
        answer({"alerts": []}, nothing_yet(settings), as_json=as_json)
    else:
        _list(ports_at(settings), said[0] if said else None, everything=everything, as_json=as_json)


def _list(ports: Ports, model: str | None, *, everything: bool, as_json: bool) -> None:
    from services.cli.lines import alert_line
    from services.cli.plain import plain

    names = [model] if model else [one.name for one in ports.models.all()]
    if model:
        ports.models.get(model)
    found = [
        alert
        for name in names
        for alert in (_every(ports, name) if everything else reversed(ports.alerts.unresolved(name)))
    ]
    none = "no alert was ever opened" if everything else "no alert is open; `--all` shows those that were"
    text = "\n".join(alert_line(alert) for alert in found) or none
    answer({"alerts": [plain(alert) for alert in found]}, text, as_json=as_json)


def _every(ports: Ports, model: str) -> list[Alert]:
    """All of one model, newest first."""
    found: list[Alert] = []
    while page := ports.alerts.page(model, _PAGE, len(found)):
        found += page
    return found


def _act(ports: Ports, act: str, alert_id: str, until: str | None, note: str, *, as_json: bool) -> None:
    from infra.domain.handover import acknowledged, resolved, silenced
    from services.cli.lines import alert_line
    from services.cli.moments import wall_clock
    from services.cli.plain import plain

    alert, at = ports.alerts.get(alert_id), wall_clock()
    spoken = f"{person()}: {note}" if note else person()
    if act == "acknowledge":
        changed = acknowledged(alert, note=spoken, at=at)
    elif act == "silence":
        assert until is not None
        changed = silenced(alert, until=_end_of_silence(until, at), note=spoken, at=at)
    else:
        changed = resolved(alert, note=spoken, at=at)
    ports.alerts.save(changed)
    answer({"alert": plain(changed)}, alert_line(changed), as_json=as_json)


def _end_of_silence(until: str, at: datetime) -> datetime:
    from infra.spec.spans import Span
    from services.cli.moments import moment_of, wrong

    if until[:4].isdigit() and "-" in until:
        return moment_of(until, "--until")
    try:
        span = Span.parse(until)
    except ValueError:
        span = Span(rows=1)
    if span.duration is None:
        raise wrong("--until", f"`{until}` is neither a moment such as 2026-03-01T12:00:00Z nor a duration such as 8h")
    return at + span.duration
