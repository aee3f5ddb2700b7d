"""`keepsharp apply`: a changed model file comes into force for a model that serves already."""

from __future__ import annotations

import hashlib

import typer

from services.cli.commands.check import ModelFile
from services.cli.home import Home, ports_at, settings_at
from services.cli.output import Json, answer
from services.cli.person import person

TRAINED_WITH = ("task", "data", "learner")
"""What the champion was trained with: a change of it needs a training."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp apply examples/weather/model.yaml")(apply)


def apply(model: ModelFile, home: Home = None, as_json: Json = False) -> None:
    """Bring a changed model file into force. It says how a model is served, watched, retrained and paid for.

    What it was trained with cannot change this way: `keepsharp train MODEL.yaml --again` begins anew.
    """
    from infra.domain.deeds import personal
    from infra.domain.errors import Refused
    from infra.ports import RegisteredModel
    from infra.spec import read_spec
    from infra.spec.registered import spec_as_registered
    from services.cli.moments import wall_clock

    spec = read_spec(model)
    ports = ports_at(settings_at(home))
    known = ports.models.get(spec.model)
    before = spec_as_registered(known.spec_yaml, spec.model)
    other = [name for name in TRAINED_WITH if getattr(spec, name) != getattr(before, name)]
    if other:
        raise Refused(
            f"{' and '.join(f'`{name}`' for name in other)} of {spec.model} changed, and its champion was trained "
            f"otherwise: put it back, or begin anew with `keepsharp train {model} --again`"
        )
    changed = sorted(name for name in type(spec).model_fields if getattr(spec, name) != getattr(before, name))
    text = model.read_text(encoding="utf-8-sig")
    content = {"changed": changed, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    ports.models.save(
        RegisteredModel(
            name=known.name,
            spec_yaml=text,
            spec_folder=str(model.resolve().parent),
            registered_at=known.registered_at,
        ),
        personal("apply", "model", spec.model, model=spec.model, actor=person(), at=wall_clock(), content=content),
    )
    said = ", ".join(changed) or "nothing"
    answer({"model": spec.model, "changed": changed}, f"{spec.model}: in force; changed: {said}", as_json=as_json)
