"""`keepsharp demo`: the whole loop on the inspection line, from first champion to recovery, told as it happened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.home import settings_at
from services.cli.output import Json, answer, tell

SEED = 0
SHARE = 0.2
Home = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Where the demo lives; an earlier demo there is replaced.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp demo")(demo)


def demo(home: Home = None, as_json: Json = False) -> None:
    """Run the whole loop on a simulated inspection line. About four minutes; a second run gives the same figures."""
    from rich.console import Console

    from infra.history.history import read_history
    from infra.spec import read_spec
    from infra.wiring import build_ports
    from services.line.history import MODEL, model_file, write_history
    from services.line.production import produce
    from services.line.scenario import default_scenario
    from services.replay.known import KnownChange
    from services.replay.progress import progress_for_person
    from services.replay.replay import Plan, replay
    from services.replay.stage import fresh_home, open_stage
    from services.replay.story import Happened, tell_story
    from services.replay.summary import MANY

    outer = settings_at(None)
    settings = fresh_home(outer, home or outer.home / "demo")
    tell("The line makes 8,640 parts; what changes, and when, is known to nobody but this simulator.")
    production = produce(default_scenario(), SEED)
    source, path = settings.home / "parts.npz", settings.home / "model.yaml"
    write_history(production, source)
    path.write_text(model_file(source.name))
    spec = read_spec(path)
    history = read_history(spec, settings.home, settings=settings)
    known = tuple(KnownChange(row=change.first_row, what=change.kind) for change in production.changes)
    plan = Plan(spec=spec, spec_yaml=path.read_text(), folder=settings.home, history=history, share=SHARE, known=known)
    with open_stage(settings) as stage, progress_for_person(Console(stderr=True)) as progress:
        summary = replay(plan, stage, progress)
    happened = Happened(
        production=production,
        first=plan.first_rows,
        answers=summary.answers,
        summary=summary,
        runs=build_ports(settings).runs.page(MODEL, MANY),
        currency=spec.costs.currency,
    )
    record: dict[str, Any] = {**summary.record, "story": tell_story(happened)}
    ending = f"\nSee it: KEEPSHARP_HOME={settings.home} keepsharp up, then http://127.0.0.1:8000"
    answer(record, "\n".join(record["story"]) + "\n" + ending, as_json=as_json)
