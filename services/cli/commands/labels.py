"""`keepsharp labels`: what turned out to be true, from a file."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, Model, ports_at, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from infra.domain.predictions import LabelOutcome
    from infra.ports import Ports

OUTCOMES: dict[LabelOutcome, str] = {
    "joined": "joined their predictions",
    "waiting": "wait for a prediction of that id",
    "repeated": "were known already",
    "corrected": "correct an earlier label",
}
File = Annotated[
    Path, typer.Argument(metavar="FILE.csv", help="Columns id and value, and where wanted time and source.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp labels weather yesterday.csv")(labels)


def labels(model: Model, file: File, home: Home = None, as_json: Json = False) -> None:
    """Store the labels of a CSV file; when a line is bad, every bad line is named and nothing is stored."""
    from infra.spec import parse_spec
    from services.cli.moments import wall_clock
    from services.cli.truths import read_truths

    ports = ports_at(settings_at(home))
    spec = parse_spec(ports.models.get(model).spec_yaml, model)
    read = read_truths(file, model=model, task=spec.task, classes=_classes(ports, model), now=wall_clock())
    counts = Counter(ports.labels.add(read))
    counted: dict[str, int] = {name: counts[name] for name in OUTCOMES}
    lines = [f"  {counts[name]:,} {words}" for name, words in OUTCOMES.items() if counts[name]]
    answer(
        {"model": model, "labels": len(read), **counted},
        "\n".join([f"{model}: {len(read):,} labels read", *lines]),
        as_json=as_json,
    )


def _classes(ports: Ports, model: str) -> frozenset[str]:
    """The classes of the champion, as its bundle spells them; none before the first, or for numbers."""
    champion = ports.versions.champion(model)
    if champion is None:
        return frozenset()
    config, _ = ports.versions.bundle(champion.sha256)
    return frozenset(json.loads(config).get("classes") or ())
