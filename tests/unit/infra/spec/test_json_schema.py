"""The JSON Schema that editors complete model files by: it accepts what the reader accepts, and knows every key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from infra.history.guess import guess
from infra.spec import parse_spec
from infra.spec.json_schema import FILE_NAME, model_file_schema
from infra.spec.yaml_tree import read_tree
from services.cli.draft import draft, empty_draft

ROOT = Path(__file__).parents[4]
COMMITTED = ROOT / "docs" / "reference" / FILE_NAME


def complaints(text: str) -> list[str]:
    values = read_tree(text, "test").values  # as editors read YAML: a day is a text
    return [error.message for error in Draft202012Validator(model_file_schema()).iter_errors(values)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(model_file_schema())


def test_the_committed_file_is_the_present_schema() -> None:
    written = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert written == model_file_schema(), "`make docs` writes it anew"


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/model.yaml")), ids=lambda path: path.parent.name)
def test_the_examples_are_accepted(path: Path) -> None:
    assert complaints(path.read_text(encoding="utf-8")) == []


def test_what_init_writes_is_accepted(tmp_path: Path) -> None:
    data = tmp_path / "parts.csv"
    data.write_text("width,shift,broken\n" + "".join(f"{row / 7},{row % 3},{row % 2}\n" for row in range(60)))
    assert complaints(empty_draft("press", None)) == []
    assert complaints(draft("press", "parts.csv", guess(data, target="broken"))) == []


WRITTEN = [
    ("data: {source: a.csv, target: 3}", "a column may be called 3"),
    ("data: {source: a.csv, target: y, positive: 1}", "a class may look like a number"),
    ("data: {source: a.csv, target: y}\nlearner:", "a section may be empty"),
    ("data: {source: a.csv, target: y}\nretraining: {policy: {any: [drift, every]}}", "policies combine"),
]


@pytest.mark.parametrize(("rest", "reason"), WRITTEN)
def test_what_the_reader_accepts_is_accepted(rest: str, reason: str) -> None:
    text = f"model: press\ntask: classification\n{rest}"
    parse_spec(text, "test")
    assert complaints(text) == [], reason


@pytest.mark.parametrize("rest", ["tolerence: 1", "learner: {epoch: 3}", "costs: {energy: petrol}", "owner: [a]"])
def test_what_the_reader_refuses_is_refused(rest: str) -> None:
    text = f"model: press\ntask: classification\ndata: {{source: a.csv, target: y}}\n{rest}"
    assert complaints(text) != []


def fields(node: object, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        for name, field in node.get("properties", {}).items():
            yield f"{place}.{name}", field
        for name, inner in node.items():
            yield from fields(inner, f"{place}.{name}")


def test_every_key_is_described() -> None:
    schema: Any = model_file_schema()
    described = {f"#/$defs/{name}" for name, section in schema["$defs"].items() if section.get("description")}
    silent = [
        place for place, field in fields(schema) if not field.get("description") and field.get("$ref") not in described
    ]
    assert silent == []
