"""The parts that prediction rows and labels share: ids, moments, and the list of entries they come in.

Pure: documents in, values or row errors out. It knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import cast

from infra.domain.errors import RowError
from services.inference.problems import Problem, clipped

LONGEST_ID = 200


def entries_of(document: object, key: str, max_rows: int) -> list[object]:
    """The list under `key`, which is the only key of the document.

    Raises:
        Problem: 413 for too many entries, 422 for a document of another shape.
    """
    if not isinstance(document, dict) or set(document) != {key} or not isinstance(document[key], list):
        raise Problem(422, f'The body has another shape: send {{"{key}": [...]}} and nothing beside it.')
    entries = document[key]
    if not entries:
        raise Problem(422, f"`{key}` is empty: send at least one.")
    if len(entries) > max_rows:
        raise Problem(413, f"`{key}` has {len(entries)} entries, over the limit of {max_rows}: send several requests.")
    return cast(list[object], entries)


def object_of(entry: object, row: int, required: Collection[str], optional: Collection[str]) -> dict[str, object]:
    """The entry as an object with its required keys and no unknown one. Raises RowError."""
    if not isinstance(entry, dict):
        raise RowError(row=row, field=None, problem=f"is not an object: give {', '.join(required)}")
    for name in required:
        if name not in entry:
            raise RowError(row=row, field=name, problem="is missing: give one")
    for name in entry:
        if name not in required and name not in optional:
            accepted = ", ".join([*required, *optional])
            raise RowError(row=row, field=clipped(name), problem=f"is not known here; accepted are {accepted}")
    return entry


def id_of(value: object, row: int) -> str:
    """An id: text of 1 to 200 characters. Raises RowError."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise RowError(row=row, field="id", problem=f"must be text of 1 to {LONGEST_ID} characters")
    return value


def moment_of(value: object, row: int, field: str = "time") -> datetime:
    """An ISO 8601 moment with its zone, in UTC. Raises RowError."""
    try:
        return parse_moment(value)
    except ValueError as error:
        raise RowError(row=row, field=field, problem=str(error)) from None


def parse_moment(value: object) -> datetime:
    """The moment that ISO 8601 text with a zone names, in UTC.

    >>> parse_moment("2026-03-01T12:00:00+02:00").isoformat()
    '2026-03-01T10:00:00+00:00'

    Raises:
        ValueError: no ISO 8601 text, no zone, or outside the years 1 to 9999 in UTC.
    """
    example = "2026-03-01T12:00:00Z"
    text = value if isinstance(value, str) else ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is no ISO 8601 time: write {example}") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone: write {example}, or +01:00 instead of Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999") from None
