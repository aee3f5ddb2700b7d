"""Rows of a predictions request to predictions: parsed once, one float32 block, one forward.

A bad row is an error with its place and field; the others are answered. It knows nothing of HTTP or storage.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from infra.domain.errors import RowError
from infra.domain.predictions import Prediction
from infra.domain.values import Features
from infra.model.bundle import Answers
from services.inference.entries import id_of, moment_of, object_of
from services.inference.identifiers import time_ordered_id
from services.inference.predictor import Serving


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """Answers ready to be stored. `rows` are the places of `predictions` in the request."""

    predictions: tuple[Prediction, ...]
    rows: tuple[int, ...]
    errors: tuple[RowError, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    place: int
    id: str
    time: datetime
    features: Mapping[str, object]


def draft_predictions(entries: Sequence[object], serving: Serving, now: datetime) -> Draft:
    """Answer every good row with one version. A row without an id gets a new one, without a time `now`."""
    rows, errors = _read_envelopes(entries, now)
    parsed = serving.bundle.schema.parse([row.features for row in rows])
    errors += [RowError(row=rows[one.row].place, field=one.field, problem=one.problem) for one in parsed.errors]
    drafted: list[tuple[int, Prediction]] = []
    if parsed.good:
        answers = serving.bundle.answer(parsed.block)
        for place, good in enumerate(parsed.good):
            row = rows[good]
            prediction = _prediction(row, parsed.features[place], parsed.unknown[place], serving, answers, place)
            if prediction is None:
                errors.append(RowError(row=row.place, field=None, problem="the network has no finite answer for it"))
            else:
                drafted.append((row.place, prediction))
    kept, contradictions = _without_contradictions(drafted)
    return Draft(
        predictions=tuple(prediction for _, prediction in kept),
        rows=tuple(place for place, _ in kept),
        errors=tuple(sorted([*errors, *contradictions], key=lambda error: error.row)),
    )


def fingerprint(features: Features) -> str:
    """SHA-256 of the canonical JSON of the features: keys sorted, `1.0` written as `1`.

    >>> fingerprint({"b": 1.0, "a": "x"}) == fingerprint({"a": "x", "b": 1})
    True
    """
    plain = {
        name: int(value) if type(value) is float and value.is_integer() and abs(value) < 2**53 else value
        for name, value in features.items()
    }
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _read_envelopes(entries: Sequence[object], now: datetime) -> tuple[list[_Row], list[RowError]]:
    rows: list[_Row] = []
    errors: list[RowError] = []
    for place, entry in enumerate(entries):
        try:
            rows.append(_read_envelope(entry, place, now))
        except RowError as error:
            errors.append(error)
    return rows, errors


def _read_envelope(entry: object, place: int, now: datetime) -> _Row:
    row = object_of(entry, place, ("features",), ("id", "time"))
    features = row["features"]
    if not isinstance(features, dict):
        raise RowError(row=place, field="features", problem="must be an object of feature names and values")
    return _Row(
        place=place,
        id=id_of(row["id"], place) if "id" in row else time_ordered_id(now),
        time=moment_of(row["time"], place) if "time" in row else now,
        features=features,
    )


def _prediction(
    row: _Row, features: Features, unknown: tuple[str, ...], serving: Serving, answers: Answers, place: int
) -> Prediction | None:
    """The prediction of one row, or None when the network overflowed."""
    value = answers.values[place]
    probabilities: dict[str, float] | None = None
    if answers.probabilities is not None and serving.bundle.classes is not None:
        shares = answers.probabilities[place].tolist()
        probabilities = dict(zip(serving.bundle.classes, shares, strict=True))
    figures = [*(probabilities or {}).values(), *([value] if isinstance(value, float) else [])]
    if not all(map(math.isfinite, figures)):
        return None
    return Prediction(
        model=serving.champion.model,
        id=row.id,
        time=row.time,
        features=features,
        value=value,
        version=serving.version,
        probabilities=probabilities,
        confidence=None if answers.confidences is None else answers.confidences[place],
        fingerprint=fingerprint(features),
        unknown_categories=unknown,
    )


def _without_contradictions(
    drafted: Sequence[tuple[int, Prediction]],
) -> tuple[list[tuple[int, Prediction]], list[RowError]]:
    """Refuse a row whose id was given earlier in the same request with other features."""
    first: dict[str, str] = {}
    kept: list[tuple[int, Prediction]] = []
    errors: list[RowError] = []
    for place, prediction in drafted:
        if first.setdefault(prediction.id, prediction.fingerprint) == prediction.fingerprint:
            kept.append((place, prediction))
        else:
            errors.append(conflict_error(place))
    return kept, errors


def conflict_error(place: int) -> RowError:
    """What is said about a row whose id stands for other features."""
    return RowError(row=place, field="id", problem="was used before with other features: give each row its own id")
