"""The plain values that travel in every record: features, answers, moments.

It knows nothing of storage, HTTP or pandas. A class name is always text: `1`, `1.0` and `"1"`
name the same class, so that a label sent as a number joins an answer given as text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

Feature = float | int | str | bool | None
"""One feature of one row; a picture is the base64 text of a PNG."""

Features = Mapping[str, Feature]
Answer = str | float
"""A class name (classification) or a number (regression)."""


def class_name(value: object) -> str:
    """The text that names a class.

    >>> [class_name(v) for v in (1, 1.0, "1", True, "UP", 2.5)]
    ['1', '1', '1', 'true', 'UP', '2.5']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def require_utc(moment: datetime, what: str) -> datetime:
    """The moment in UTC; a naive one is refused.

    Raises:
        ValueError: the moment carries no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(
            f"{what} is {moment.isoformat()}, without a time zone: give one, such as {moment.isoformat()}Z"
        )
    return moment.astimezone(UTC)


def finite(value: float, what: str) -> float:
    """The value, when it is a finite number.

    Raises:
        ValueError: NaN or an infinity.
    """
    if not math.isfinite(value):
        raise ValueError(f"{what} is {value}: a finite number is needed")
    return value


def same_truth(one: Answer, other: Answer) -> bool:
    """Whether two labels say the same: the number 1 and the text `1` are one class."""
    return class_name(one) == class_name(other)
