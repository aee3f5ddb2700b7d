"""`keepsharp train`: the first champion, from a labelled history."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.commands.check import DataFile, ModelFile
from services.cli.home import Home, settings_at
from services.cli.output import Json, answer, tell

if TYPE_CHECKING:
    from flows.desk import Desk
    from flows.retrain import Outcome
    from infra.ports import RegisteredModel
    from infra.settings import Settings

Again = Annotated[bool, typer.Option("--again", help="Train a first champion anew, though one serves already.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp train examples/weather/model.yaml --data noaa_weather.csv.gz")(train)


def train(
    model: ModelFile, data: DataFile = None, again: Again = False, home: Home = None, as_json: Json = False
) -> None:
    """Register a model file and train its first champion; a model that has one is retrained with `retrain`."""
    from infra.ports import RegisteredModel
    from infra.spec import read_spec
    from infra.wiring import build_ports
    from services.cli.moments import wall_clock
    from services.cli.outcome import outcome_lines, outcome_record

    settings = settings_at(home)
    spec = read_spec(model)
    ports = build_ports(settings)
    if not again:
        _require_no_champion(ports.versions.champion(spec.model), spec.model, model)
    wish = RegisteredModel(
        name=spec.model,
        spec_yaml=model.read_text(encoding="utf-8-sig"),
        spec_folder=str(model.resolve().parent),
        registered_at=wall_clock(),
    )
    outcome = _as_flow(wish, data, settings) if os.environ.get("PREFECT_API_URL") else _here(wish, data, settings)
    ending = f"next: `keepsharp up` serves it, `keepsharp replay {model}` shows how it would have fared"
    text = "\n".join([*outcome_lines(outcome, spec), ending])
    answer(outcome_record(outcome, spec), text, as_json=as_json)


def _require_no_champion(champion: object, name: str, model: Path) -> None:
    from infra.domain.decisions import Champion
    from infra.domain.errors import Refused

    if isinstance(champion, Champion):
        raise Refused(
            f"{name} has a champion, version {champion.version}: `keepsharp retrain {name}` improves it on fresh "
            f"labels; `keepsharp train {model} --again` begins anew, and the new version serves without a comparison"
        )


def _here(wish: RegisteredModel, data: Path | None, settings: Settings) -> Outcome:
    """In this process: the history is read before anything is registered."""
    from rich.console import Console

    from flows.history_rows import examples_of
    from flows.retrain import train_first
    from flows.workplace import desk_of
    from infra.history.history import read_history
    from infra.wiring import build_ports
    from services.cli.epochs import epoch_bar

    ports = build_ports(settings)
    spec = desk_of(wish, ports, settings).spec
    tell(f"the model file is in order; reading {data or spec.data.source}")
    history = read_history(spec, Path(wish.spec_folder), settings=settings, data=data)
    for note in history.notes:
        tell(f"note: {note}")
    ports.models.save(wish)
    with epoch_bar(Console(stderr=True), f"training {spec.model}") as advance:
        desk: Desk = desk_of(wish, ports, settings, advance)
        return train_first(desk, examples_of(history), history.kinds, now=history.times[-1])


def _as_flow(wish: RegisteredModel, data: Path | None, settings: Settings) -> Outcome:
    """As a flow run of the Prefect server that the environment names."""
    from infra.telemetry import switch_off_telemetry
    from infra.wiring import build_ports

    switch_off_telemetry()
    os.environ["KEEPSHARP_HOME"] = str(settings.home.resolve())  # the flow reads its settings from there
    build_ports(settings).models.save(wish)
    from flows.train_flow import train_flow

    return train_flow(wish.name, data=str(data.resolve()) if data else None)
