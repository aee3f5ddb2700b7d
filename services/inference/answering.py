"""From a question to its outcome, whatever dialect it was asked in: rows read, answered, stored, told.

A dialect turns bytes into a `Question` and an `Outcome` into bytes. Each row is answered by one version: the
champion, or the challenger where its id falls into the canary share. It knows nothing of HTTP bodies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

import anyio

from infra.domain.errors import NotFound, RowError
from infra.domain.predictions import Prediction, same_features
from services.inference.asking import serving_of
from services.inference.canary import takes_canary
from services.inference.drafting import Asked, Part, read_part
from services.inference.predictor import Serving
from services.inference.refusing import conflict_error, refuse_unusable
from services.inference.service import Service

_NONE: Mapping[int, float] = {}
INLINE_ROWS = 500
"""Questions up to this size are read on the event loop; a larger one would hold up the others."""


class Row(NamedTuple):
    """One row as it was sent: `features` are not yet checked. `place` is its place in the request."""

    place: int
    id: str
    time: datetime
    features: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a dialect read from a body. `errors` are the rows that it could not read."""

    model: str
    version: int | None = None
    """The version that must answer; None leaves it to the service."""
    rows: Sequence[Row]
    errors: Sequence[RowError] = ()
    all_or_nothing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What stands under the id of each good row, in their order, and why the others were refused."""

    model: str
    version: int
    """The version that gave all answers, or else the champion; every answer names its own."""
    places: Sequence[int]
    answers: Sequence[Prediction]
    errors: Sequence[RowError]
    logging: Literal["durable", "relaxed"]
    half_widths: Mapping[int, float] = field(default_factory=dict)
    """Of the intervals around a regression's answers, by version; a version that is loaded no more is not there."""

    def interval(self, one: Prediction) -> list[float] | None:
        """[low, high] around a number, or None where its version promises none."""
        half_width = self.half_widths.get(one.version)
        if half_width is None or isinstance(one.value, str):
            return None
        return [one.value - half_width, one.value + half_width]


async def answer(service: Service, question: Question) -> Outcome:
    """Answer every good row and store the answers.

    Raises:
        NotFound: there is no such model, or no such version is loaded here.
        Problem: 422 or 409, when no row can be used, or not every row and the caller wants all or nothing.
        StorageFull, Unavailable: nothing can be stored now; nothing was.
    """
    serving = service.predictor.serving(question.model) if question.version is None else None
    if serving is None:
        serving = await version_of(service, question.model, question.version)
    measured = service.metrics.of(serving.model, serving.version)
    start = measured.begin()
    try:
        if len(question.rows) <= INLINE_ROWS:
            asked = _read(service, question, serving)
        else:
            asked = await anyio.to_thread.run_sync(_read, service, question, serving)
        stored = await service.pipeline.ask(asked)
        return _outcome(service, question, serving, asked, stored)
    finally:
        measured.end(start)


async def version_of(service: Service, model: str, version: int | None) -> Serving:
    """The version that is asked for, or the champion.

    Raises:
        NotFound: there is no such model, or no such version is loaded here.
        Unavailable: the model has no champion yet, or its champion could not be loaded.
    """
    champion = await serving_of(service, model)
    if version is None or version == champion.version:
        return champion
    challenger = service.predictor.challenger(model)
    if challenger is not None and challenger.version == version:
        return challenger
    loaded = [champion.version] + ([challenger.version] if challenger else [])
    raise NotFound(f"version {version} of {model} is not loaded here: ask one of {sorted(loaded)}, or promote it")


def _read(service: Service, question: Question, serving: Serving) -> Asked:
    """Raises Problem when nothing can be used, or not everything and the caller wants all."""
    rules = service.predictor.rules(question.model)
    errors = list(question.errors)
    rows = _without_contradictions(question.rows, errors)
    challenger = service.predictor.challenger(question.model) if rules.canary and question.version is None else None
    if challenger is None:
        parts = [read_part(serving, rows, errors)]
    else:
        parts = _with_canary(serving, challenger, rows, rules.canary, errors)
    if errors:
        service.metrics.refused_rows.labels(question.model, "predictions").inc(len(errors))
        refuse_unusable(errors, sum(len(part.rows) for part in parts), question.all_or_nothing)
    return Asked(
        parts=parts,
        errors=errors,
        all_or_nothing=question.all_or_nothing,
        abstain_below=rules.abstain_below,
        relaxed=rules.logging == "relaxed",
    )


def _with_canary(
    serving: Serving, challenger: Serving, rows: Sequence[Row], share: float, errors: list[RowError]
) -> list[Part]:
    """The canary share is the challenger's; a row that only the champion can read goes to the champion."""
    taken = [row for row in rows if takes_canary(row.id, share)]
    canary = read_part(challenger, taken, [], fallback=serving)
    answered = {row.place for row in canary.rows}
    champions = read_part(serving, [row for row in rows if row.place not in answered], errors)
    return [part for part in (champions, canary) if part.rows]


def _without_contradictions(rows: Sequence[Row], errors: list[RowError]) -> Sequence[Row]:
    """Refuse a row whose id was given earlier in the same request with other features."""
    if len({row.id for row in rows}) == len(rows):
        return rows
    first: dict[str, Row] = {}
    kept = []
    for row in rows:
        earlier = first.setdefault(row.id, row)
        if earlier is row or same_features(earlier.features, row.features):
            kept.append(row)
        else:
            errors.append(conflict_error(row.place))
    return kept


def _outcome(
    service: Service, question: Question, serving: Serving, asked: Asked, stored: Sequence[Prediction | None]
) -> Outcome:
    """Raises Problem 409 when every id stands for other features."""
    errors = asked.errors
    places, answers = asked.places, [one for one in stored if one is not None]
    if len(answers) < len(stored):
        conflicts = [conflict_error(place) for place, one in zip(places, stored, strict=True) if one is None]
        service.metrics.refused_rows.labels(question.model, "predictions").inc(len(conflicts))
        errors = [*errors, *conflicts]
        refuse_unusable(errors, len(answers), everything=False, status=409)
        places = [place for place, one in zip(places, stored, strict=True) if one is not None]
    service.metrics.count_answers(answers)
    service.shadows.offer(answers)
    versions = {one.version for one in answers}
    return Outcome(
        model=question.model,
        version=versions.pop() if len(versions) == 1 else serving.version,
        places=places,
        answers=answers,
        errors=sorted(errors, key=lambda error: error.row) if errors else (),
        logging="relaxed" if asked.relaxed else "durable",
        half_widths=_half_widths(service, serving),
    )


def _half_widths(service: Service, serving: Serving) -> Mapping[int, float]:
    """Empty for a classifier, at no cost."""
    if serving.bundle.classes is not None:
        return _NONE
    loaded = [serving, service.predictor.challenger(serving.model), service.predictor.serving(serving.model)]
    return {
        one.version: one.bundle.interval.half_width
        for one in loaded
        if one is not None and one.bundle.interval is not None
    }
