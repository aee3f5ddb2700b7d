"""`keepsharp retrain`: a person asks for a retraining, and it happens now."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, Model, ports_at, settings_at
from services.cli.output import Json, answer
from services.cli.person import person

if TYPE_CHECKING:
    from datetime import datetime

    from flows.desk import Desk
    from flows.retraining.retrain import Outcome

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the run.")]
Scratch = Annotated[bool, typer.Option("--scratch", help="Start from random weights, not from the champion's.")]
Now = Annotated[
    str | None,
    typer.Option("--now", metavar="ISO", help="Use the labels known at this moment (event time); default: now."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: keepsharp retrain weather --reason "new station"')(retrain)


def retrain(
    model: Model,
    reason: Reason = "asked for on the command line",
    scratch: Scratch = False,
    now: Now = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train on newer labels, and promote what is better. Newer are those that came since the last training.

    A candidate that is rejected is an answer too, with exit code 0; a spent budget and a training under way are
    refusals, with exit code 3.
    """
    from rich.console import Console

    from flows.workplace import desk_of
    from services.cli.epochs import epoch_bar
    from services.cli.moments import moment_of
    from services.cli.outcome import outcome_lines, outcome_record

    settings, at = settings_at(home), moment_of(now, "--now")
    ports = ports_at(settings)
    with epoch_bar(Console(stderr=True), f"retraining {model}") as advance:
        desk = desk_of(ports.models.get(model), ports, settings, advance)
        outcome = _retrain(desk, reason, "scratch" if scratch else "warm", at)
    answer(outcome_record(outcome, desk.spec), "\n".join(outcome_lines(outcome, desk.spec)), as_json=as_json)


def _retrain(desk: Desk, reason: str, how: str, at: datetime) -> Outcome:
    """Record the wish, weigh it, and answer it with all that wait beside it."""
    from flows.asking.considering import weigh_wish
    from flows.retraining.pending import answer_pending
    from infra.domain.errors import DataError, Refused
    from infra.wishing import wish_by_hand

    model = desk.spec.model
    if desk.ports.versions.champion(model) is None:
        raise DataError(f"{model} has no champion yet: run `keepsharp train` with its model file first")
    wish = wish_by_hand(desk.ports, model, trigger_id=uuid.uuid4().hex, reason=reason, how=how, actor=person(), at=at)
    weighed = weigh_wish(desk, wish, now=at)
    if weighed.state == "refused":
        raise Refused(f"{model} is not retrained. {weighed.reason} The refusal is recorded.")
    outcome = answer_pending(desk, now=at)
    if outcome is None:
        raise Refused(f"{model}: another process answered this wish first; `keepsharp report {model}` shows its run")
    return outcome
