"""`keepsharp alerts`: what is broken, what a person says to it, and who was told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, cast

import typer

from services.cli.home import Home, is_empty, nothing_yet, ports_at, settings_at
from services.cli.output import Json, answer
from services.cli.person import person

if TYPE_CHECKING:
    from infra.domain.alerts import Alert
    from infra.ports import Ports
    from infra.settings import Settings
    from infra.tending import Act

ACTS = ("acknowledge", "silence", "resolve", "note", "assign")
_PAGE = 1000
_NEWEST_NOTICES = 200
Words = Annotated[
    list[str] | None, typer.Argument(metavar="[MODEL | ACT ID]", help=f"A model; or {', '.join(ACTS)} and an alert.")
]
All = Annotated[bool, typer.Option("--all", help="Resolved ones too.")]
Notices = Annotated[bool, typer.Option("--notices", help="List who was told what, and what still waits or failed.")]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="WHEN", help="For silence: an ISO 8601 moment, or how long, such as 8h or 7d."),
]
To = Annotated[str | None, typer.Option("--to", metavar="NAME", help="For assign: who looks after it from now on.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="What you say to it; kept with the alert.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp alerts silence 3f2a9c41d07be856 --until 8h")(alerts)


def alerts(
    words: Words = None,
    everything: All = False,
    notices: Notices = False,
    until: Until = None,
    to: To = None,
    note: Note = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the alerts, the worst first, or deal with one. Those not resolved are listed; one may be acknowledged,
    silenced, resolved, noted or assigned.

    Each comes with its figures, its owner, what to do about it, the page with the evidence, and what was done.
    """
    said, settings = words or [], settings_at(home)
    _require_sense(said, until=until, to=to, note=note, notices=notices)
    if len(said) == 2:
        _act(ports_at(settings), settings, said[0], said[1], until, to, note, as_json=as_json)
    elif is_empty(settings) and not said:
        answer({"notices" if notices else "alerts": []}, nothing_yet(settings), as_json=as_json)
    elif notices:
        _list_notices(ports_at(settings), said[0] if said else None, as_json=as_json)
    else:
        _list(ports_at(settings), settings, said[0] if said else None, everything=everything, as_json=as_json)


def _require_sense(said: list[str], *, until: str | None, to: str | None, note: str, notices: bool) -> None:
    """Raises SpecError for a command line that cannot be meant."""
    from services.cli.moments import wrong

    act = said[0] if len(said) == 2 else None
    if len(said) > 2 or (act is not None and act not in ACTS):
        raise wrong(" ".join(said), f"name at most one model, or one of {', '.join(ACTS)} and the id of an alert")
    if (until is not None) != (act == "silence"):
        raise wrong("--until", "belongs to `alerts silence ID`, which needs it: `--until 8h`")
    if (to is not None) != (act == "assign"):
        raise wrong("--to", "belongs to `alerts assign ID`, which needs it: `--to NAME`")
    if act == "note" and not note:
        raise wrong("--note", "is what `alerts note ID` is about: `--note TEXT`")
    if notices and act is not None:
        raise wrong("--notices", "lists, and changes no alert")


def _list(ports: Ports, settings: Settings, model: str | None, *, everything: bool, as_json: bool) -> None:
    from services.cli.alert_text import alert_text, worst_first
    from services.cli.moments import wrong
    from services.cli.plain import plain

    known = [one.name for one in ports.models.all()]
    names = [model] if model else known
    if model in ACTS and model not in known:
        raise wrong(model, f"is done to one alert: `keepsharp alerts {model} ID`; `keepsharp alerts` lists them")
    if model:
        ports.models.get(model)
    found = worst_first(
        [alert for name in names for alert in (_every(ports, name) if everything else ports.alerts.unresolved(name))]
    )
    none = "no alert was ever opened" if everything else "no alert is open; `--all` shows those that were"
    text = "\n".join(alert_text(alert, settings.artifacts) for alert in found) or none
    answer({"alerts": [plain(alert) for alert in found]}, text, as_json=as_json)


def _list_notices(ports: Ports, model: str | None, *, as_json: bool) -> None:
    from services.cli.alert_text import notice_line
    from services.cli.plain import plain

    if model:
        ports.models.get(model)
    found = ports.outbox.page(model, _NEWEST_NOTICES)
    none = "nobody was told anything; `alerts.notify` in a model file names targets, KEEPSHARP_TARGETS their addresses"
    text = "\n".join(notice_line(notice) for notice in found) or none
    answer({"notices": [plain(notice) for notice in found]}, text, as_json=as_json)


def _every(ports: Ports, model: str) -> list[Alert]:
    """All of one model, newest first."""
    found: list[Alert] = []
    while page := ports.alerts.page(model, _PAGE, len(found)):
        found += page
    return found


def _act(
    ports: Ports,
    settings: Settings,
    act: str,
    alert_id: str,
    until: str | None,
    to: str | None,
    note: str,
    *,
    as_json: bool,
) -> None:
    from infra.tending import Word, tend
    from services.cli.alert_text import alert_text
    from services.cli.moments import wall_clock
    from services.cli.plain import plain

    at = wall_clock()
    ends = None if until is None else _end_of_silence(until, at)
    word = Word(actor=person(), at=at, note=note, until=ends, owner=to or "")
    changed = tend(ports, cast("Act", act), alert_id, word)
    answer({"alert": plain(changed)}, alert_text(changed, settings.artifacts), as_json=as_json)


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
