"""Stretches of a model's traffic, named without reading them, and blocks of their rows in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from infra.domain.values import Answer, Features


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Predictions of one model by their places in the order of arrival, both ends included, and by event time, from
    `start` on and before `end`. None is no bound."""

    model: str
    first_seq: int | None = None
    last_seq: int | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    """What a stretch holds: how many rows (at least one), their places and event times from the first to the last, and
    the versions that answered them, in order."""

    rows: int
    first_seq: int
    last_seq: int
    start: datetime
    end: datetime
    versions: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedBlock:
    """What was asked and answered, in order of arrival; `unknown_categories` is how many they had in all."""

    features: Sequence[Features]
    values: Sequence[Answer]
    unknown_categories: int


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedBlock:
    """Answers beside their current labels, in order of arrival; rows without a label are left out."""

    ids: Sequence[str]
    values: Sequence[Answer]
    confidences: Sequence[float | None]
    labels: Sequence[Answer]


def blocks_of(stretch: Stretch, rows: int) -> Iterator[Stretch]:
    """The stretch in parts of so many places, in order.

    Raises:
        ValueError: it does not name its first and last place.
    """
    if stretch.first_seq is None or stretch.last_seq is None:
        raise ValueError(f"{stretch} is read in blocks by its first and last place: ask `extent` for them")
    for first in range(stretch.first_seq, stretch.last_seq + 1, rows):
        yield replace(stretch, first_seq=first, last_seq=min(first + rows - 1, stretch.last_seq))
