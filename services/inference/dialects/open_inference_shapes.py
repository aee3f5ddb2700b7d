"""The shapes of the Open Inference Protocol, for the OpenAPI document and for the small answers about the server.

The inference request is read by `open_inference` itself; tests hold its schema here to it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.inference.dialects.open_inference import OUTPUTS
from services.inference.dialects.tensors import DATATYPES
from services.inference.entries import LONGEST_ID
from services.inference.schemas import NO_NUL, Shape


class ServerLive(Shape):
    """The server answers."""

    live: Literal[True]


class ServerReady(Shape):
    """Every champion has a version loaded."""

    ready: Literal[True]


class ModelReady(Shape):
    """This model, or this version of it, is loaded here."""

    name: str
    ready: Literal[True]


class ServerMetadata(Shape):
    """What this server is."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(Shape):
    """One tensor; -1 is as many as there are rows."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(Shape):
    """What a model wants and gives. `versions` are those loaded here."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
    properties: dict[str, str]
    """`optional_inputs`, and `matrix_columns` where one matrix may hold all features: names as JSON in text."""


class OutputTensor(Shape):
    """One output, row-major; null for a row that was refused."""

    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, str] = Field(default={})
    """Of `probabilities`: `classes`, the names of its columns as JSON in text."""
    data: list[bool | int | float | str | None]


class InferenceResponse(Shape):
    """The outputs that were asked for."""

    model_name: str
    model_version: str
    id: str = ""
    """As it was sent; absent when none was."""
    parameters: dict[str, str]
    """`logging`, and `errors` where rows were refused: problems by row, as JSON in text."""
    outputs: list[OutputTensor]


_CELL = {"type": ["number", "string", "boolean", "null"]}
_PARAMETERS = {"type": "object", "description": "Those of extensions are left alone."}
INFERENCE_REQUEST = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": {
            "type": ["string", "null"],
            "minLength": 1,
            "maxLength": LONGEST_ID,
            "pattern": NO_NUL,
            "description": "Idempotency key of the one row; with several rows they are `id/0`, `id/1`, …",
        },
        "parameters": {
            "type": ["object", "null"],
            "description": "How the request is to be taken; others than these are left alone.",
            "properties": {
                "all_or_nothing": {
                    "type": "boolean",
                    "default": True,
                    "description": "false: rows that can be used are answered beside those that cannot.",
                }
            },
        },
        "inputs": {
            "type": "array",
            "minItems": 1,
            "description": "A tensor for each feature, or one matrix; `id` and `time` may give ids and times by row.",
            "items": {
                "type": "object",
                "required": ["name", "shape", "datatype", "data"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "description": "A feature, or a name of one's own."},
                    "shape": {
                        "type": "array",
                        "description": "[rows], [rows, 1], or for a matrix [rows, features].",
                        "minItems": 1,
                        "maxItems": 2,
                        "items": {"type": "integer", "minimum": 1},
                    },
                    "datatype": {
                        "type": "string",
                        "enum": list(DATATYPES),
                        "description": "How the numbers are meant; texts and pictures are BYTES.",
                    },
                    "parameters": _PARAMETERS,
                    "data": {
                        "type": "array",
                        "description": "Row-major, flat or nested; null is a missing value; a picture is a base64 PNG.",
                        "items": {"anyOf": [_CELL, {"type": "array", "items": _CELL}]},
                    },
                },
            },
        },
        "outputs": {
            "type": ["array", "null"],
            "description": "All when absent. Classes have probabilities, a number has an interval: see the metadata.",
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string", "enum": list(OUTPUTS), "description": "Which output."}},
            },
        },
    },
}
