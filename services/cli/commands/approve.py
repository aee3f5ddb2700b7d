"""`keepsharp approve`: a named person's word on a retraining that a budget held back."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.home import Home, is_empty, nothing_yet, ports_at, settings_at
from services.cli.output import Json, answer, tell
from services.cli.person import person

Waiting = Annotated[
    str | None, typer.Argument(metavar="[TRIGGER]", help="The id of one that waits; all are listed when absent.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the retraining.")]
Decline = Annotated[bool, typer.Option("--decline", help="Refuse it for good.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: keepsharp approve 5f0c1b --reason "quarter end, it pays"')(approve)


def approve(
    trigger: Waiting = None, reason: Reason = "", decline: Decline = False, home: Home = None, as_json: Json = False
) -> None:
    """Let a retraining go ahead that a budget holds back. Without TRIGGER those that wait are listed."""
    from infra.approving import approve_by_hand, held
    from services.cli.moments import wall_clock, wrong
    from services.cli.plain import plain

    settings = settings_at(home)
    if trigger is None and (reason or decline):
        raise wrong("TRIGGER", "is the id of what you approve; `keepsharp approve` lists those that wait")
    if trigger is not None and not reason:
        raise wrong("--reason", 'is kept with the retraining: `--reason "quarter end, it pays"`')
    if trigger is None and is_empty(settings):
        tell(nothing_yet(settings))
        answer({"held": []}, "nothing waits for approval", as_json=as_json)
        return
    ports = ports_at(settings)
    if trigger is None:
        waiting = held(ports)
        lines = [f"{one.id}  {one.model}: {one.reason}" for one in waiting]
        answer({"held": plain(waiting)}, "\n".join(lines) or "nothing waits for approval", as_json=as_json)
        return
    full = _full_id([one.id for one in held(ports)], trigger)
    decided = approve_by_hand(ports, full, approved=not decline, actor=person(), reason=reason, at=wall_clock())
    answer({"trigger": plain(decided)}, _said(decided.model, decided.state), as_json=as_json)


def _full_id(waiting: list[str], begun: str) -> str:
    """The one that begins so; what was given when none or several do."""
    found = [one for one in waiting if one.startswith(begun)]
    return found[0] if len(found) == 1 else begun


def _said(model: str, state: str) -> str:
    if state != "accepted":
        return f"{model}: declined; the refusal is recorded with your name"
    return (
        f"{model}: approved; `keepsharp retrain {model}` answers it now, and where `keepsharp up` runs it is answered "
        "by itself"
    )
