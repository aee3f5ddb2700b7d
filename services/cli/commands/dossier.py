"""`keepsharp dossier`: what one training run shows, read from our own artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, Model, ports_at, settings_at
from services.cli.output import Json, answer, tell

if TYPE_CHECKING:
    from infra.domain.dossier import Dossier
    from infra.ports import Ports

Version = Annotated[
    int | None, typer.Argument(metavar="[VERSION]", help="A version; the one that serves when absent.", min=1)
]
Page = Annotated[
    Path | None, typer.Option("--html", metavar="PATH", help="Write its page for a browser, complete in one file.")
]
Schema = Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a dossier instead.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp dossier weather 2 --html weather-2.html")(dossier)


def dossier(
    model: Model,
    version: Version = None,
    html: Page = None,
    schema: Schema = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Tell how a version came to be and how it was judged. With the verdict, the five questions, and what it cost."""
    import json

    from infra.dossiers import dossier_json, dossier_schema, read_dossier, read_dossier_page
    from services.cli.page_file import write_page

    if schema:
        answer(dossier_schema(), json.dumps(dossier_schema(), indent=2), as_json=as_json, is_table=True)
        return
    ports = ports_at(settings_at(home))
    run = _run_of(ports, ports.models.get(model).name, version)
    told = read_dossier(ports.artifacts, model, run)
    text = _text(told)
    if html is not None:
        write_page(html, read_dossier_page(ports.artifacts, model, run))
        tell(f"wrote {html}")
    answer(json.loads(dossier_json(told)), text, as_json=as_json)


def _run_of(ports: Ports, model: str, version: int | None) -> str:
    """The run that made the version; of the champion, or the newest one where none serves."""
    from infra.domain.errors import NotFound

    if version is not None:
        return ports.versions.get(model, version).run_id
    champion = ports.versions.champion(model)
    if champion is not None:
        return ports.versions.get(model, champion.version).run_id
    trained = ports.versions.all(model)
    if not trained:
        raise NotFound(f"{model} has no version yet: `keepsharp train` makes the first")
    return trained[-1].run_id


def _text(told: Dossier) -> str:
    """A page for a terminal."""
    said, decided = told.answers, told.decided
    lines = [
        f"{told.model}: {told.headline}",
        *(f"  {'✓' if one.passed else '✗'} {one.text}" for one in sorted(decided.reasons, key=lambda one: one.passed)),
    ]
    asked = {
        "1. Trained or fine-tuned?": said.trained,
        "2. What with half of the labels?": said.half_the_labels,
        "3. What exactly gets corrected?": said.corrected,
        "4. How often, and who pays?": said.who_pays,
        "5. What improves over a simpler model?": said.simple_model,
        "Speed of improvement": said.speed,
        "Consistency": said.consistency,
        "Cost per decision improved": said.cost_per_decision,
    }
    for question, words in asked.items():
        lines += ["", question, f"  {words}"]
    return "\n".join(lines)
