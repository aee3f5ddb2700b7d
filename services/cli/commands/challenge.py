"""`keepsharp challenge`: a person chooses the version that answers beside the champion."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.commands.choose import choice_of, ports_of
from services.cli.home import Home, Model
from services.cli.output import Json, answer

Version = Annotated[
    int | None, typer.Argument(metavar="[VERSION]", min=1, help="The version that is to answer beside the champion.")
]
Nobody = Annotated[bool, typer.Option("--none", help="Nobody challenges from now on.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the decision.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: keepsharp challenge weather 2 --reason "try it on real rows"')(challenge)


def challenge(
    model: Model,
    version: Version = None,
    nobody: Nobody = False,
    reason: Reason = "asked for on the command line",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Let a version answer beside the champion. Unseen or on a canary share, as `serving` in the model file says."""
    from infra.crowning import challenge_by_hand, dismiss_by_hand
    from services.cli.moments import wrong
    from services.cli.plain import plain

    if nobody == (version is not None):
        raise wrong("VERSION", "or --none: give one of the two")
    ports = ports_of(model, home)
    if version is None:
        decision = dismiss_by_hand(ports, model, choice_of(reason))
        text = f"{model}: version {decision.version} challenges no longer. {decision.summary}"
    else:
        decision = challenge_by_hand(ports, model, version, choice_of(reason))
        text = f"{model}: version {version} answers beside version {decision.previous_version}. {decision.summary}"
    record = plain(decision)
    assert isinstance(record, dict)
    answer(record, text, as_json=as_json)
