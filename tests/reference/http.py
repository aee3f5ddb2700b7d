"""The page of the HTTP API, from its own OpenAPI document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.memory import memory_ports
from infra.settings import Settings
from services.inference.app import create_app
from services.inference.openapi import IN_PATHS
from services.inference.roles import declared_roles
from tests.reference.markdown import code, page, table

INTRODUCTION = """
JSON over HTTP. A running service answers its own contract as OpenAPI 3.1 under `/openapi.json`, and every error as
problem details ([Errors](errors.md)). *Role* is what a key must carry where keys are asked for (`keepsharp keys
create`); `admin` may do everything. Lists are paged by `limit` and `offset`, the newest first. A name in braces is a
part of the path. Of an answer the fields are named, in brackets those of a list's entries; `/openapi.json` has
their types:
"""
HEADINGS = {
    "serving": "Answers and labels",
    "reading": "The record",
    "acting": "What a person may do",
    "feedback": "The labels themselves",
    "shadows": "Challengers and what to label",
    "open inference protocol": "The Open Inference Protocol",
    "probes": "Probes and metrics",
}


def http_page() -> str:
    """The page."""
    app = create_app(memory_ports(Path("unused")), Settings())
    document: Any = app.openapi()
    roles = {(method, one.path): one.role for one in declared_roles(app.routes) for method in one.methods}
    parts: dict[str, list[str]] = defaultdict(list)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            role = str(roles[method.upper(), path])
            parts[operation["tags"][0]].append(_operation(f"{method.upper()} {path}", operation, role, document))
    assert parts.keys() == HEADINGS.keys(), "a new kind of route: give it a heading"
    sections = [f"## {heading}\n\n" + "\n\n".join(parts[tag]) for tag, heading in HEADINGS.items()]
    places = table(("in a path", "what it is"), ((code(f"{{{name}}}"), told) for name, told in IN_PATHS.items()))
    return page("The HTTP API", INTRODUCTION, places, *sections)


def _operation(route: str, operation: Mapping[str, Any], role: str, document: Any) -> str:
    summary = operation["summary"]
    told = f"{summary if summary.endswith('?') else summary.rstrip('.') + '.'} {operation['description']}"
    parts = [f"### {code(route)}", f"{' '.join(told.split())} *Role: {role}.*"]
    parts += [table(("parameter", "accepted", "what it is"), _parameters(operation, document))]
    body = operation.get("requestBody", {}).get("content", {})
    for kind, content in body.items():
        fields = table(("field", "accepted", "what it is"), _fields(content.get("schema", {}), document, ""))
        parts.append(f"Body, {code(kind)}:\n\n{fields}" if fields else f"Body: {code(kind)}")
    parts.append(_answer(operation, document))
    return "\n\n".join(part for part in parts if part)


def _answer(operation: Mapping[str, Any], document: Any) -> str:
    """The fields of what comes back in JSON, and within brackets those of what a field lists."""
    status = min(operation["responses"])
    schema = operation["responses"][status].get("content", {}).get("application/json", {}).get("schema", {})
    fields = [
        _listed(name, field, document) for name, field in _resolved(schema, document).get("properties", {}).items()
    ]
    return f"Answers {status}: {', '.join(fields)}." if fields else ""


def _listed(name: str, field: Mapping[str, Any], document: Any) -> str:
    within = _resolved(field.get("items", {}), document).get("properties", {})
    return f"{code(name)} [{', '.join(code(one) for one in within)}]" if within else code(name)


def _parameters(operation: Mapping[str, Any], document: Any) -> Iterator[tuple[str, str, str]]:
    for one in operation.get("parameters", ()):
        if one["in"] != "path":
            yield code(one["name"]), _kind(one.get("schema", {}), document), one.get("description", "")


def _fields(schema: Mapping[str, Any], document: Any, within: str) -> Iterator[tuple[str, str, str]]:
    schema = _resolved(schema, document)
    for name, field in schema.get("properties", {}).items():
        needed = "" if name in schema.get("required", ()) else ", optional"
        yield code(within + name), _kind(field, document) + needed, _resolved(field, document).get("description", "")
        items = field.get("items")
        if items is not None:
            yield from _fields(items, document, f"{within}{name}[].")


def _resolved(schema: Mapping[str, Any], document: Any) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    return document["components"]["schemas"][reference.rsplit("/", 1)[1]] if reference else schema


def _kind(schema: Mapping[str, Any], document: Any) -> str:
    schema = _resolved(schema, document)
    if "anyOf" in schema:
        kinds = [_kind(one, document) for one in schema["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return ", ".join(code(one) for one in schema["enum"])
    kind = schema.get("type", "any")
    kinds = kind if isinstance(kind, list) else [kind]
    return " or ".join({"array": "list"}.get(one, one) for one in kinds if one != "null")
