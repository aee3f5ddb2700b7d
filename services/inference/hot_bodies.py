"""What the two hot routes accept, as JSON Schema for the OpenAPI document.

They parse their bodies themselves (`dialects.json_rows`, `label_entries`); tests hold the two together.
"""

from __future__ import annotations

from services.inference.entries import LONGEST_ID
from services.inference.schemas import NO_NUL

_TIME = {"type": "string", "format": "date-time", "description": "ISO 8601 with a time zone; now when absent."}
_ID = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID, "pattern": NO_NUL}

PREDICTIONS_BODY = {
    "type": "object",
    "required": ["rows"],
    "additionalProperties": False,
    "properties": {
        "rows": {
            "type": "array",
            "minItems": 1,
            "description": "The rows to be answered, in the order of their answers.",
            "items": {
                "type": "object",
                "required": ["features"],
                "additionalProperties": False,
                "properties": {
                    "id": {**_ID, "description": "Idempotency key; a new one is given when absent."},
                    "time": _TIME,
                    "features": {
                        "type": "object",
                        "description": "Every feature of the model; null where unknown; `image` is a PNG in base64.",
                        "additionalProperties": {"type": ["number", "string", "boolean", "null"]},
                    },
                },
            },
        }
    },
}
LABELS_BODY = {
    "type": "object",
    "required": ["labels"],
    "additionalProperties": False,
    "properties": {
        "labels": {
            "type": "array",
            "minItems": 1,
            "description": "What turned out to be true, in any order.",
            "items": {
                "type": "object",
                "required": ["id", "value"],
                "additionalProperties": False,
                "properties": {
                    "id": {**_ID, "description": "The prediction it is about, which may still come."},
                    "value": {
                        "type": ["string", "number", "boolean"],
                        "description": "The truth: the name of a class, or for a regression the number.",
                    },
                    "time": _TIME,
                    "source": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 100,
                        "pattern": NO_NUL,
                        "description": "Who or what says so, such as a station; labels are watched source by source.",
                    },
                },
            },
        }
    },
}
