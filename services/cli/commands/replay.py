"""`keepsharp replay`: one's own labelled history as production traffic, through the real loop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.commands.check import DataFile, ModelFile
from services.cli.home import settings_at
from services.cli.output import Json, answer, tell

Share = Annotated[
    float, typer.Option("--share", min=0.01, max=0.95, help="Share of the history that trains the first champion.")
]
Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Where the replay lives; an earlier replay there is replaced."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp replay examples/electricity/model.yaml --data elec2.csv.gz --json")(replay)


def replay(
    model: ModelFile, data: DataFile = None, share: Share = 0.2, home: Home = None, as_json: Json = False
) -> None:
    """Send a labelled history through the real loop: the first part trains, the rest is traffic in event time."""
    from rich.console import Console

    from infra.history.history import read_history
    from infra.spec import read_spec
    from services.replay.progress import progress_for_person
    from services.replay.replay import Plan
    from services.replay.replay import replay as play
    from services.replay.stage import fresh_home, open_stage
    from services.replay.summary import lines

    spec = read_spec(model)
    outer = settings_at(None)
    tell(f"{model} is in order; reading {data or spec.data.source}")
    history = read_history(spec, model.resolve().parent, settings=outer, data=data)
    for note in history.notes:
        tell(f"note: {note}")
    plan = Plan(
        spec=spec,
        spec_yaml=model.read_text(encoding="utf-8-sig"),
        folder=model.resolve().parent,
        history=history,
        data=data,
        share=share,
    )
    plan.require_enough_rows()
    settings = fresh_home(outer, home or outer.home / "replays" / spec.model)
    with open_stage(settings) as stage, progress_for_person(Console(stderr=True)) as progress:
        summary = play(plan, stage, progress)
    tell(f"kept under {settings.home}: `KEEPSHARP_HOME={settings.home} keepsharp up` shows it")
    answer(summary.record, "\n".join(lines(summary.record)), as_json=as_json)
