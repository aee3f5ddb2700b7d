"""The features and answers of predictions as JSON text, exactly: int stays int, float stays float."""

from __future__ import annotations

import math
from collections.abc import Mapping

import orjson

from infra.domain.errors import DataError


def pack(value: object) -> str:
    """JSON text of a feature mapping, an answer, or any other plain value.

    Raises:
        DataError: NaN, an infinity, an integer of more than 64 bits, or text that is not Unicode.
    """
    try:
        text = orjson.dumps(value, _plain).decode()
    except (TypeError, orjson.JSONEncodeError) as error:
        raise DataError(f"{_shortened(value)} cannot be stored ({error}): send plain numbers, text or null") from error
    if "null" in text:  # orjson writes null for NaN
        _refuse_unbounded(value)
    return text


def unpack(text: str) -> object:
    """What `pack` was given."""
    return orjson.loads(text)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value of type {type(value).__name__}")


def _refuse_unbounded(value: object) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise DataError(f"{value} cannot be stored: send null for what is missing")
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, float) and not math.isfinite(inner):
                raise DataError(f"feature {name!r} is {inner}: send null for what is missing")


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
