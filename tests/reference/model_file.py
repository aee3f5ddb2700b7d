"""The page of the model file: every section and key, what is accepted, the default, and what it is for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.spec.json_schema import FILE_NAME
from infra.spec.model_file import ModelSpec
from infra.spec.wording import Accepted
from tests.reference.markdown import code, page, table

Section = tuple[str, str, dict[str, tuple[Any, ...]]]
INTRODUCTION = f"""
One YAML file says everything about a model. Unknown keys are errors, all mistakes are told at once with their lines,
and `keepsharp check MODEL.yaml` prints every default in force. Required are `model`, `task`, `data.source` and
`data.target`.

`keepsharp init` writes [{FILE_NAME}]({FILE_NAME}) beside the file and names it in the first line, so that editors
with a YAML language server complete keys and mark mistakes; `keepsharp schema` prints it again after an update.
"""


def model_file_page() -> str:
    """The page."""
    schema: Any = ModelSpec.model_json_schema()
    parts = [f"## {heading}\n\n{told}\n\n{_keys(keys, schema)}" for heading, told, keys in _sections(schema)]
    return page("The model file", INTRODUCTION, *parts)


def _sections(schema: Any) -> Iterator[Section]:
    """(heading, sentence, keys with their places): the top of the file first, inner sections behind theirs."""
    plain = {name: (name,) for name in schema["properties"] if not Accepted(schema).keys((name,))}
    yield "Top of the file", "What the model is, and whose.", plain
    for name in schema["properties"]:
        if name not in plain:
            yield from _section(schema, (name,))


def _section(schema: Any, place: tuple[str, ...]) -> Iterator[Section]:
    accepted = Accepted(schema)
    (section,) = [one for one in accepted.choices(accepted.at(place) or {}) if "properties" in one]
    yield (
        code(".".join(place)),
        str(section.get("description", "")),
        {key: (*place, key) for key in accepted.keys(place)},
    )
    for key in accepted.keys(place):
        inner = (*place, key)
        listed = accepted.at((*inner, 0))  # a list of sections
        named = accepted.at((*inner, "NAME"))  # sections by names of one's own
        if accepted.keys(inner):
            yield from _section(schema, inner)
        elif listed is not None and accepted.keys((*inner, 0)):
            yield from _entries(schema, inner, 0)
        elif named is not None and accepted.keys((*inner, "NAME")):
            yield from _entries(schema, inner, "NAME")


def _entries(schema: Any, place: tuple[str, ...], entry: str | int) -> Iterator[Section]:
    accepted = Accepted(schema)
    (section,) = accepted.choices(accepted.at((*place, entry)) or {})
    heading = code(f"{'.'.join(place)}[]" if entry == 0 else f"{'.'.join(place)}.{entry}")
    yield (
        heading,
        str(section.get("description", "")),
        {key: (*place, entry, key) for key in accepted.keys((*place, entry))},
    )


def _keys(keys: Mapping[str, tuple[Any, ...]], schema: Any) -> str:
    accepted = Accepted(schema)
    rows = []
    for key, place in keys.items():
        node: Any = accepted.at(place)
        told = str(node.get("description") or accepted.choices(node)[0].get("description", ""))
        rows.append((code(key), _short(accepted.words(place)), _default(node, place), told))
    return table(("key", "accepted", "default", "what it is"), rows)


def _short(words: str) -> str:
    return words.partition(" with the keys ")[0]


def _default(node: Mapping[str, object], place: tuple[Any, ...]) -> str:
    if place in {("model",), ("task",), ("data", "source"), ("data", "target")}:
        return "*required*"
    default = node.get("default")
    if default is None or default in ("", [], {}) or isinstance(default, dict):
        return ""
    return code(default if isinstance(default, str) else json.dumps(default))
