"""The `/v1` dialect: `{"rows": [{"id"?, "time"?, "features": {…}}]}` to a question, an outcome to its JSON.

Pure: parsed documents in, bytes out. It knows nothing of HTTP, models or storage.
"""

from __future__ import annotations

from datetime import datetime

import orjson

from infra.domain.errors import RowError
from services.inference.answering import Outcome, Question, Row
from services.inference.entries import entries_of, id_of, moment_of, object_of
from services.inference.identifiers import time_ordered_ids
from services.inference.problems import row_problem


def read_rows(document: object, *, model: str, now: datetime, max_rows: int, all_or_nothing: bool = False) -> Question:
    """The question of a document. A row without an id gets a new one, without a time `now`.

    Raises:
        Problem: 413 for too many rows, 422 for a document of another shape.
    """
    entries = entries_of(document, "rows", max_rows)
    fresh = time_ordered_ids(now, len(entries))
    rows: list[Row] = []
    errors: list[RowError] = []
    for place, entry in enumerate(entries):
        if type(entry) is dict and len(entry) == 1 and type(entry.get("features")) is dict:
            rows.append(Row(place, fresh[place], now, entry["features"]))
            continue
        try:
            rows.append(_read_row(entry, place, fresh[place], now))
        except RowError as error:
            errors.append(error)
    return Question(model=model, rows=rows, errors=errors, all_or_nothing=all_or_nothing)


def count_colons(document: object) -> int:
    """Colons of the JSON of a document as it should be; those inside features are left out."""
    entries = document.get("rows") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return 0
    colons = len(document)  # type: ignore[arg-type]  # `entries` says that it is an object
    for entry in entries:
        if type(entry) is dict:
            colons += len(entry)
            for value in entry.values():
                if type(value) is dict:
                    colons += len(value)
                elif type(value) is str:
                    colons += value.count(":")
    return colons


def _read_row(entry: object, place: int, fresh: str, now: datetime) -> Row:
    row = object_of(entry, place, ("features",), ("id", "time"))
    features = row["features"]
    if not isinstance(features, dict):
        raise RowError(row=place, field="features", problem="must be an object of feature names and values")
    return Row(
        place=place,
        id=id_of(row["id"], place) if "id" in row else fresh,
        time=moment_of(row["time"], place) if "time" in row else now,
        features=features,
    )


def render_rows(outcome: Outcome) -> bytes:
    """A repeated id has the answer, and the version, that were stored for it; so one outcome may hold several."""
    return orjson.dumps(
        {
            "model": outcome.model,
            "version": outcome.version,
            "logging": outcome.logging,
            "predictions": _answers(outcome),
            "errors": [row_problem(error) for error in outcome.errors],
        }
    )


def _answers(outcome: Outcome) -> list[dict[str, object]]:
    answers: list[dict[str, object]] = [
        {
            "id": one.id,
            "value": one.value,
            "version": one.version,
            "probabilities": one.probabilities,
            "confidence": one.confidence,
            "abstained": one.abstained,
        }
        for one in outcome.answers
    ]
    if outcome.half_widths:
        for shown, one in zip(answers, outcome.answers, strict=True):
            shown["interval"] = outcome.interval(one)
    return answers
