"""`keepsharp init`: a commented model file to start from, filled in from a data file where one is given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from services.cli.output import Json, answer

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write model.yaml into; made when needed.")]
DataFile = Annotated[
    Path | None,
    typer.Option("--data", metavar="FILE", help="A labelled history to infer columns, time and target from."),
]
Target = Annotated[str | None, typer.Option("--target", metavar="COLUMN", help="The column with the truth.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp init models/press --data inspections.csv --target defective")(init)


def init(folder: Folder, data: DataFile = None, target: Target = None, as_json: Json = False) -> None:
    """Write a commented model file. One that is there already is never overwritten."""
    from infra.domain.errors import Mistake, SpecError
    from infra.history.guess import guess
    from services.cli.draft import draft, empty_draft

    path = folder / "model.yaml"
    if data is not None and not data.is_file():
        raise SpecError(
            str(data), [Mistake(where="--data", line=None, problem="there is no such file: check the path")]
        )
    guessed = guess(data, target=target) if data is not None else None
    name = folder.resolve().name
    if guessed is not None and data is not None:
        text = draft(name, _source(data, folder), guessed)
    else:
        text = empty_draft(name, target)
    _write_new(path, text)
    _write_schema(folder)
    questions = list(guessed.questions) if guessed is not None else _placeholders(target)
    lines = [f"wrote {path}", *(f"  - {question}" for question in questions), f"next: keepsharp check {path}"]
    answer({"path": str(path), "questions": questions}, "\n".join(lines), as_json=as_json)


def _placeholders(target: str | None) -> list[str]:
    """What stands in the file and is not known yet."""
    said = ["`data.source: history.csv` is a placeholder: name your data there (`init --data FILE` fills it in)"]
    unnamed = "`data.target: label` is a placeholder: name the column with the truth"
    return said if target is not None else [*said, unnamed]


def _source(data: Path, folder: Path) -> str:
    """The data file relative to the model file when both lie here, else its full path."""
    full, home = data.resolve(), folder.resolve()
    together = full.is_relative_to(home) or (full.is_relative_to(Path.cwd()) and home.is_relative_to(Path.cwd()))
    return os.path.relpath(full, home) if together else str(full)


def _write_schema(folder: Path) -> None:
    """What editors complete the model file by; written anew each time, since it is keepsharp's and nobody's own."""
    import json

    from infra.spec.json_schema import FILE_NAME, model_file_schema

    (folder / FILE_NAME).write_text(json.dumps(model_file_schema(), indent=2) + "\n", encoding="utf-8")


def _write_new(path: Path, text: str) -> None:
    from infra.domain.errors import DataError, Mistake, SpecError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        problem = "is there already, and is left as it is: name another folder, or remove it first"
        raise SpecError(str(path), [Mistake(where="DIR", line=None, problem=problem)]) from error
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror or error}): choose another folder") from error
