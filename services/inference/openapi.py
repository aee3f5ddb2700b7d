"""The OpenAPI 3.1 document: FastAPI's own, with problem details for every error and the hot routes' bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.inference.problems import MEDIA_TYPE, TITLES
from services.inference.roles import declared_roles
from services.inference.schemas import ProblemDetails, ProtocolProblem

_REF = "#/components/schemas/{model}"
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer ks_…`"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "basic": {"type": "http", "scheme": "basic", "description": "For browsers: the key is the password."},
}
"""Three ways to send the same key."""
_WITHOUT_KEY = (401, 403, 429)
IN_PATHS: Mapping[str, str] = {
    "model": "A model's name, as its model file says it; `GET /v1/models` lists them.",
    "version": "A version of the model, a whole number from 1.",
    "run": "A training's id, as in `GET /v1/models/{model}/runs`.",
    "prediction_id": "The id that the row was sent with, or was given.",
    "alert_id": "An alert's id, as in `GET /v1/models/{model}/alerts`.",
    "trigger_id": "A reason to retrain, by its id in `GET /v1/models/{model}/triggers`.",
    "quarantine_id": "Labels held back together, by their id in `GET /v1/models/{model}/quarantines`.",
}
"""What stands between braces in the paths of routes."""


def problems(*statuses: int, shape: type[ProblemDetails] = ProblemDetails) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: these errors by status, and any other as `default`."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=shape.__name__)}}}
    known: dict[int | str, dict[str, Any]] = {
        status: {"description": TITLES[status][1], "content": content} for status in statuses
    }
    return {**known, "default": {"description": "Any other error", "content": content}}


def raw_body(schema: Mapping[str, object], *, query: Mapping[str, str], others: Sequence[str] = ()) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads its own body: its schema, path parameter and query flags.

    `others` are kinds of bodies beside JSON.
    """
    model = {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
    flags = [
        {"name": name, "in": "query", "description": text, "schema": {"type": "boolean", "default": False}}
        for name, text in query.items()
    ]
    content: dict[str, object] = {"application/json": {"schema": dict(schema)}, **{kind: {} for kind in others}}
    return {"parameters": [model, *flags], "requestBody": {"required": True, "content": content}}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of this app; built once, then kept."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for shape in (ProblemDetails, ProtocolProblem):
            whole = shape.model_json_schema(ref_template=_REF)
            schemas.update({**whole.pop("$defs"), shape.__name__: whole})
        _say_paths(document)
        if not app.state.service.access.open:
            _say_roles(document, app)
        app.openapi_schema = document
    return app.openapi_schema


def _say_paths(document: Mapping[str, Any]) -> None:
    """Each parameter of a path says what it is, which is the same on every route."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["description"] = IN_PATHS[parameter["name"]]


def _say_roles(document: dict[str, Any], app: FastAPI) -> None:
    """Which role each operation needs; a key is taken in any of three places."""
    document["components"]["securitySchemes"] = _SCHEMES
    for route in declared_roles(app.routes):
        wanted = [] if route.role == "public" else [{scheme: [route.role]} for scheme in _SCHEMES]
        for method in route.methods:
            operation = document["paths"].get(route.path, {}).get(method.lower())
            if operation is not None:
                operation["security"] = wanted
                for status, described in problems(*_WITHOUT_KEY if wanted else ()).items():
                    operation["responses"].setdefault(str(status), described)
