"""`keepsharp check`: every mistake of a model file at once, or what keepsharp makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.home import settings_at
from services.cli.output import Json, answer, tell

ModelFile = Annotated[Path, typer.Argument(metavar="MODEL.yaml", help="The model file.")]
DataFile = Annotated[
    Path | None, typer.Option("--data", metavar="PATH", help="A file to read in place of data.source.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp check examples/bike-demand/model.yaml --data bike_hour.csv.gz")(check)


def check(model: ModelFile, data: DataFile = None, as_json: Json = False) -> None:
    """Check a model file and its data. Every mistake is told at once, or what keepsharp inferred and assumes."""
    from infra.history.golden import read_golden
    from infra.history.history import read_history
    from infra.spec import read_spec
    from services.cli.findings import as_text, findings
    from services.cli.named import require_named

    spec, settings = read_spec(model), settings_at(None)
    require_named(spec, model, settings)
    tell(f"{model} is in order; reading {data or spec.data.source}")
    nameless = [name for name in spec.alerts.notify if name not in settings.targets]
    if nameless:
        tell(f"alerts.notify names {', '.join(nameless)}, to which KEEPSHARP_TARGETS gives no address here")
    folder = model.resolve().parent
    history = read_history(spec, folder, settings=settings, data=data)
    found = findings(spec, history, read_golden(spec, folder, history.kinds, settings=settings))
    answer(found, as_text(found), as_json=as_json)
