"""Records as values that JSON knows: moments as ISO 8601 text, what is not a finite number as null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime


def plain(value: object) -> object:
    """The value with everything in it turned into what JSON knows.

    >>> plain({"at": datetime(2024, 5, 1), "share": math.nan, "rows": (1, 2)})
    {'at': '2024-05-01T00:00:00', 'share': None, 'rows': [1, 2]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)
