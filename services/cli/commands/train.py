"""`keepsharp train`: the first champion, from a labelled history."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.commands.check import DataFile, ModelFile
from services.cli.home import Home, is_empty, ports_at, settings_at
from services.cli.output import Json, answer, tell

if TYPE_CHECKING:
    from datetime import datetime

    from flows.retraining.retrain import Outcome
    from infra.domain.decisions import Champion
    from infra.domain.deeds import Deed
    from infra.domain.errors import Refused
    from infra.ports import RegisteredModel
    from infra.settings import Settings
    from infra.spec import ModelSpec

Again = Annotated[bool, typer.Option("--again", help="Train a first champion anew, though one serves already.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp train examples/weather/model.yaml --data noaa_weather.csv.gz")(train)


def train(
    model: ModelFile, data: DataFile = None, again: Again = False, home: Home = None, as_json: Json = False
) -> None:
    """Register a model file and train its first champion. A model that has one is retrained with `retrain`."""
    from infra.ports import RegisteredModel
    from infra.spec import read_spec
    from services.cli.moments import wall_clock
    from services.cli.outcome import outcome_lines, outcome_record

    settings = settings_at(home)
    spec = read_spec(model)
    serving = None if is_empty(settings) else ports_at(settings).versions.champion(spec.model)
    if serving is not None and not again:
        raise _has_a_champion(serving, model)
    wish = RegisteredModel(
        name=spec.model,
        spec_yaml=model.read_text(encoding="utf-8-sig"),
        spec_folder=str(model.resolve().parent),
        registered_at=wall_clock(),
    )
    train_it = _as_flow if os.environ.get("PREFECT_API_URL") else _here
    # a second beginning is a person's act of this moment; the first belongs to the end of its history
    outcome = train_it(wish, spec, data, settings, wall_clock() if serving is not None else None)
    ending = f"next: `keepsharp up` serves it, `keepsharp replay {model}` shows how it would have fared"
    text = "\n".join([*outcome_lines(outcome, spec), ending])
    answer(outcome_record(outcome, spec), text, as_json=as_json)


def _has_a_champion(champion: Champion, model: Path) -> Refused:
    from infra.domain.errors import Refused

    name = champion.model
    return Refused(
        f"{name} has a champion, version {champion.version}: `keepsharp retrain {name}` improves it on fresh "
        f"labels; `keepsharp train {model} --again` begins anew, and the new version serves without a comparison"
    )


def _here(
    wish: RegisteredModel, spec: ModelSpec, data: Path | None, settings: Settings, now: datetime | None
) -> Outcome:
    """In this process: the history is read before anything is made or registered."""
    from rich.console import Console

    from flows.retraining.retrain import train_first
    from flows.rows.history_rows import learnt_of
    from flows.workplace import desk_of
    from infra.history.filed import read_any_history
    from infra.history.scratch import scratch_folder
    from infra.wiring import build_ports
    from services.cli.epochs import epoch_bar

    tell(f"the model file is in order; reading {data or spec.data.source}")
    with scratch_folder(settings) as scratch:
        history = read_any_history(spec, Path(wish.spec_folder), scratch, settings=settings, data=data)
        for note in history.notes:
            tell(f"note: {note}")
        ports = build_ports(settings)
        ports.models.save(wish, _deed(wish))
        with epoch_bar(Console(stderr=True), f"training {spec.model}") as advance:
            desk = desk_of(wish, ports, settings, advance)
            learnt, end = learnt_of(history)
            return train_first(desk, learnt, history.kinds, now=now or end)


def _deed(wish: RegisteredModel) -> Deed:
    """Who asked for this training, and by which model file."""
    from infra.domain.deeds import personal
    from services.cli.person import person

    said = {"sha256": hashlib.sha256(wish.spec_yaml.encode()).hexdigest()}
    at = wish.registered_at
    return personal("train", "model", wish.name, model=wish.name, actor=person(), at=at, content=said)


def _as_flow(
    wish: RegisteredModel, spec: ModelSpec, data: Path | None, settings: Settings, now: datetime | None
) -> Outcome:
    """As a flow run of the Prefect server that the environment names."""
    from infra.telemetry import switch_off_telemetry
    from infra.wiring import build_ports

    switch_off_telemetry()
    os.environ["KEEPSHARP_HOME"] = str(settings.home.resolve())  # the flow reads its settings from there
    build_ports(settings).models.save(wish, _deed(wish))
    from flows.train_flow import train_flow

    return train_flow(spec.model, data=str(data.resolve()) if data else None, now=now)
