"""How long a window or a delay lasts: a number of rows, or a duration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PATTERN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(rows?|s|m|h|d|w)\s*")
_MOST_ROWS = 1_000_000_000
_LONGEST = timedelta(weeks=5_200)
ACCEPTED = "a duration such as `30m`, `1h` or `7d`, or a number of rows such as `500 rows`"


@dataclass(frozen=True, slots=True)
class Span:
    """Exactly one of `rows` and `duration` is set.

    >>> Span.parse("500 rows"), Span.parse("1h").duration
    (Span(rows=500, duration=None), datetime.timedelta(seconds=3600))
    """

    rows: int | None = None
    duration: timedelta | None = None

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a span as a model file writes it.

        Raises:
            ValueError: the text is no span, the span is empty, or longer than any history: 10⁹ rows, or a century.
        """
        match = _PATTERN.fullmatch(str(text)) if isinstance(text, str) else None
        if match is None:
            raise ValueError(f"{text!r} is not a span: write {ACCEPTED}")
        number, unit = float(match[1]), match[2]
        if unit.startswith("row"):
            if not number.is_integer() or number < 1:
                raise ValueError(f"{text!r}: a number of rows is a whole number of at least 1")
            if number > _MOST_ROWS:
                raise ValueError(f"{text!r}: at most {_MOST_ROWS} rows are accepted")
            return cls(rows=int(number))
        if number <= 0:
            raise ValueError(f"{text!r}: a duration is longer than 0")
        if number * _UNITS[unit] > _LONGEST.total_seconds():
            raise ValueError(f"{text!r}: at most {_LONGEST.days // 7} weeks are accepted")
        return cls(duration=timedelta(seconds=number * _UNITS[unit]))

    def __str__(self) -> str:
        if self.rows is not None:
            return f"{self.rows} rows"
        assert self.duration is not None
        seconds = self.duration.total_seconds()
        for unit, size in sorted(_UNITS.items(), key=lambda item: -item[1]):
            if seconds % size == 0:
                return f"{int(seconds // size)}{unit}"
        return f"{seconds}s"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, Span) else cls.parse(value),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "accepted": ACCEPTED}
