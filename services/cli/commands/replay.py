"""`keepsharp replay`: one's own labelled history as production traffic, through the real loop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.commands.check import DataFile, ModelFile
from services.cli.home import settings_at
from services.cli.output import Json, answer, tell

if TYPE_CHECKING:
    from services.replay.known import KnownChange

Share = Annotated[
    float, typer.Option("--share", min=0.01, max=0.95, help="Share of the history that trains the first champion.")
]
Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Where the replay lives; an earlier replay there is replaced."),
]


Known = Annotated[
    list[str] | None,
    typer.Option(
        "--known",
        metavar="ROW[:COLUMN,…]",
        help="A change that is known to be in the history, from this row (counted from 0) on, in these columns: "
        "the summary says which alert found it. May be given several times.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp replay examples/electricity/model.yaml --data elec2.csv.gz --json")(replay)


def replay(
    model: ModelFile,
    data: DataFile = None,
    share: Share = 0.2,
    known: Known = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Send a labelled history through the real loop. The first part trains, the rest is traffic in event time."""
    from rich.console import Console

    from infra.spec import read_spec
    from services.cli.own_history import own_history
    from services.replay.progress import progress_for_person
    from services.replay.replay import Plan
    from services.replay.replay import replay as play
    from services.replay.stage import fresh_home, open_stage
    from services.replay.summary import lines

    spec = read_spec(model)
    outer = settings_at(None)
    plan = Plan(
        spec=spec,
        spec_yaml=model.read_text(encoding="utf-8-sig"),
        folder=model.resolve().parent,
        history=own_history(model, spec, outer, data),
        data=data,
        share=share,
        known=tuple(_known(text) for text in known or ()),
    )
    plan.require_enough_rows()
    plan.require_replayed_changes()
    settings = fresh_home(outer, home or outer.home / "replays" / spec.model)
    with open_stage(settings) as stage, progress_for_person(Console(stderr=True)) as progress:
        summary = play(plan, stage, progress)
    tell(f"kept under {settings.home}: `KEEPSHARP_HOME={settings.home} keepsharp up` shows it")
    answer(summary.record, "\n".join(lines(summary.record)), as_json=as_json)


def _known(text: str) -> KnownChange:
    from services.cli.moments import wrong
    from services.replay.known import known_change

    try:
        return known_change(text)
    except ValueError as error:
        raise wrong("--known", f"`{text}` does not begin with a row: `17424` or `17424:price,demand`") from error
