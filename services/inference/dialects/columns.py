"""Features sent column by column, as tensors or as a table, to the rows of a question.

What is wrong with a whole column refuses the request, since no row could be used; what is wrong with one value
refuses its row. It knows no wire format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.domain.errors import RowError
from infra.model.schema import FeatureSchema
from services.inference.answering import Row
from services.inference.entries import id_of, moment_of
from services.inference.identifiers import time_ordered_ids
from services.inference.problems import Problem, clipped

ID, TIME = "id", "time"
"""Columns about the row itself, unless the model has a feature of that name."""
_SHOWN_FAULTS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """`rows` values in each column. `faults` are rows with a value that cannot be what its column says."""

    rows: int
    features: Mapping[str, Sequence[object]]
    ids: Sequence[object] | None = None
    """Text, or None for a new id."""
    times: Sequence[object] | None = None
    """Moments in UTC or their ISO 8601 text; None is now."""
    faults: Mapping[int, RowError]


def unusable(*faults: tuple[str | None, str]) -> Problem:
    """A 422 about the whole request: pairs of the field at fault and what is wrong with it."""
    shown = faults[:_SHOWN_FAULTS]
    entries = [
        {"row": None, "field": None if field is None else clipped(field), "problem": problem}
        for field, problem in shown
    ]
    detail = "; ".join(problem if field is None else f"{field!r} {problem}" for field, problem in shown)
    return Problem(422, f"The request cannot be used. {detail}.", entries)


def too_many_rows(rows: int, max_rows: int) -> Problem:
    """A 413."""
    return Problem(413, f"The request has {rows} rows, over the limit of {max_rows}: send several requests.")


def require_features(names: Collection[str], schema: FeatureSchema) -> None:
    """The columns are the model's features; those that are only carried may be left out.

    Raises:
        Problem: 422 that names each column which is not a feature, or is a feature and absent.
    """
    kinds = schema.kinds
    unknown = [(name, "is not a feature of this model") for name in names if name not in kinds]
    absent = [
        (name, "is absent: give every feature, null where it is unknown")
        for name, kind in kinds.items()
        if kind != "carried" and name not in names
    ]
    if unknown or absent:
        raise unusable(*unknown, *absent)


def rows_of(columns: Columns, now: datetime) -> tuple[list[Row], list[RowError]]:
    """The rows that can be asked, and why the others cannot.

    A row without an id gets a new one, a row without a time `now`.
    """
    ids = columns.ids or [None] * columns.rows
    fresh = time_ordered_ids(now, columns.rows) if None in ids else ids
    rows: list[Row] = []
    errors: list[RowError] = []
    for place, features in enumerate(_each_row(columns)):
        try:
            if place in columns.faults:
                raise columns.faults[place]
            rows.append(
                Row(
                    place=place,
                    id=id_of(fresh[place] if ids[place] is None else ids[place], place),
                    time=_time(columns.times, place, now),
                    features=features,
                )
            )
        except RowError as error:
            errors.append(error)
    return rows, errors


def _each_row(columns: Columns) -> Iterator[Mapping[str, object]]:
    names = tuple(columns.features)
    for values in zip(*columns.features.values(), strict=True):
        yield dict(zip(names, values, strict=True))


def _time(times: Sequence[object] | None, place: int, now: datetime) -> datetime:
    given = None if times is None else times[place]
    if given is None:
        return now
    return given if isinstance(given, datetime) else moment_of(given, place)
