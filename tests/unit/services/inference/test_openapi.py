"""The API's own contract tells a reader what everything is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from infra.memory import memory_ports
from infra.settings import Settings
from services.inference.app import create_app


@pytest.fixture(scope="module")
def document() -> Any:
    return create_app(memory_ports(Path("unused")), Settings()).openapi()


def operations(document: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def untold(schema: Mapping[str, Any], document: Any, place: str) -> Iterator[str]:
    """The fields of a body that no words describe, within it and within what it lists."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for name, field in schema.get("properties", {}).items():
        if not field.get("description"):
            yield f"{place}.{name}"
        yield from untold(field.get("items", {}), document, f"{place}.{name}[]")
        yield from untold(field, document, f"{place}.{name}")


def test_every_operation_says_in_a_line_what_it_does_and_then_more() -> None:
    app = create_app(memory_ports(Path("unused")), Settings())
    found = [one.original_route for one in iter_route_contexts(app.routes)]
    routes = [route for route in found if isinstance(route, APIRoute) and route.include_in_schema]
    assert len(routes) > 40
    assert [route.path for route in routes if not route.summary or not route.description] == []


def test_every_parameter_says_what_it_is(document: Any) -> None:
    silent = [
        f"{route}: {one['name']}"
        for route, operation in operations(document)
        for one in operation.get("parameters", ())
        if not one.get("description")
    ]
    assert silent == []


def test_every_field_that_is_sent_says_what_it_is(document: Any) -> None:
    bodies = [
        (route, content["schema"])
        for route, operation in operations(document)
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "schema" in content
    ]
    assert len(bodies) > 15
    assert [place for route, schema in bodies for place in untold(schema, document, route)] == []
