"""The JSON Schema of a model file as people write it, for editors that complete and check YAML by one.

It is as strict as the reader where a key or a word is wrong, and lets through what only YAML sees otherwise: a section
with nothing in it, a text that looks like a number (`positive: 1`), a day for a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from infra.spec.model_file import ModelSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE_NAME = "model.schema.json"
"""What it is called where it lies beside a model file."""


def model_file_schema() -> dict[str, object]:
    """The schema, in JSON Schema draft 2020-12."""
    found = cast("dict[str, object]", _as_written(ModelSpec.model_json_schema()))
    return {"$schema": DIALECT, **found, "title": "keepsharp model file"}


def _as_written(node: object) -> object:
    if isinstance(node, list):
        return [_as_written(inner) for inner in node]
    if not isinstance(node, Mapping):
        return node
    found = {key: _as_written(inner) for key, inner in node.items() if key != "accepted" and not _is_title(key, inner)}
    if node.get("format") == "date-time":
        del found["format"]  # of a time, a day alone is accepted too
    elif node.get("type") == "string" and not {"pattern", "enum", "const", "format"} & node.keys():
        found["type"] = ["string", "number", "boolean"]
    if node.get("type") == "object" and "properties" in node and "required" not in node:
        found["type"] = ["object", "null"]
    return found


def _is_title(key: str, value: object) -> bool:
    """Whether this is pydantic's title of a field, which says its name once more."""
    return key == "title" and isinstance(value, str)
