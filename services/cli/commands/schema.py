"""`keepsharp schema`: the JSON Schema of the model file, for editors."""

from __future__ import annotations

import json

import typer

from services.cli.output import Json, answer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp schema > model.schema.json")(schema)


def schema(as_json: Json = False) -> None:
    """Print the JSON Schema of a model file. Editors complete and check by it; `keepsharp init` writes it as well."""
    from infra.spec.json_schema import model_file_schema

    found = model_file_schema()
    answer(found, json.dumps(found, indent=2), as_json=as_json, is_table=True)
