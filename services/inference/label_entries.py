"""Entries of a labels request to labels; a bad one is an error with its place. Pure: no HTTP, no storage.

A class never seen in training is accepted: a new kind of thing is the very news that labels bring.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from infra.domain.errors import RowError
from infra.domain.predictions import Label
from infra.domain.values import Answer, class_name
from services.inference.entries import id_of, moment_of, object_of

Task = Literal["classification", "regression"]
LONGEST_CLASS = 500
LONGEST_SOURCE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadLabels:
    """Labels that can be stored, and why the others cannot."""

    labels: tuple[Label, ...]
    errors: tuple[RowError, ...]


def read_labels(entries: Sequence[object], *, model: str, task: Task, now: datetime) -> ReadLabels:
    """A label without a time became known `now`."""
    labels: list[Label] = []
    errors: list[RowError] = []
    for place, entry in enumerate(entries):
        try:
            labels.append(_read_label(entry, place, model, task, now))
        except RowError as error:
            errors.append(error)
    return ReadLabels(labels=tuple(labels), errors=tuple(errors))


def _read_label(entry: object, place: int, model: str, task: Task, now: datetime) -> Label:
    given = object_of(entry, place, ("id", "value"), ("time", "source"))
    source = given.get("source", "api")
    if not isinstance(source, str) or not 0 < len(source) <= LONGEST_SOURCE:
        raise RowError(row=place, field="source", problem=f"must be text of 1 to {LONGEST_SOURCE} characters")
    return Label(
        model=model,
        prediction_id=id_of(given["id"], place),
        value=_class(given["value"], place) if task == "classification" else _number(given["value"], place),
        time=moment_of(given["time"], place) if "time" in given else now,
        source=source,
    )


def _class(value: object, place: int) -> Answer:
    if isinstance(value, str | int | float) and 0 < len(name := class_name(value)) <= LONGEST_CLASS:
        return name
    problem = f"must name a class: text of 1 to {LONGEST_CLASS} characters, a number, true or false"
    raise RowError(row=place, field="value", problem=problem)


def _number(value: object, place: int) -> Answer:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise RowError(row=place, field="value", problem="must be a finite number")
