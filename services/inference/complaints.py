"""What pydantic says against a body or a query, in words that say what would be accepted. It knows no route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "is no field of this request: leave it out, or see /openapi.json for its name",
    "int_type": "has to be a whole number",
    "int_parsing": "has to be a whole number",
    "int_from_float": "has to be a whole number",
    "float_type": "has to be a number",
    "bool_type": "has to be true or false",
    "bool_parsing": "has to be true or false",
    "string_type": "has to be a text",
    "greater_than_equal": "has to be at least {ge}",
    "less_than_equal": "may be at most {le}",
    "string_too_short": "has to have at least {min_length} character",
    "string_too_long": "may have at most {max_length} characters",
    "string_pattern_mismatch": "holds a character that cannot be kept, such as NUL: remove it",
    "literal_error": "has to be {expected}",
    "model_attributes_type": "has to be a JSON object",
    "model_type": "has to be a JSON object",
    "dict_type": "has to be a JSON object",
    "value_error": "{error}",
}
_SHORT = 60


def complaint(error: Mapping[str, Any]) -> str:
    """One entry of a validation error's `errors()` as a person would say it; pydantic's own words where we have none.

    >>> complaint({"type": "greater_than_equal", "ctx": {"ge": 1}, "input": 0, "msg": "Input should be …"})
    'has to be at least 1; got 0'
    >>> complaint({"type": "missing", "input": {}, "msg": "Field required"})
    'is missing'
    """
    words = _WORDS.get(error["type"])
    if words is None:
        return str(error["msg"])
    said = words.format(**error.get("ctx", {}))
    got = error.get("input")
    short = got is None or isinstance(got, bool | int | float) or (isinstance(got, str) and len(got) <= _SHORT)
    told = error["type"] not in ("missing", "extra_forbidden", "value_error") and short
    return f"{said}; got {_shown(got)}" if told else said


def _shown(value: object) -> str:
    """As JSON has it.

    >>> [_shown(one) for one in (None, True, 2.5, "x")]
    ['null', 'true', '2.5', '`x`']
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"`{value}`" if isinstance(value, str) else str(value)
