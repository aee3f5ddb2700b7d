"""Questions to predictions that are ready to be stored: one float32 block and one forward for each version.

It knows versions and rows; it knows nothing of event loops, HTTP or storage.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np

from infra.domain.errors import RowError
from infra.domain.predictions import Prediction
from infra.model.bundle import Answers
from infra.model.rows import ReadRows
from services.inference.predictor import Serving

_SMOOTHING = 0.3


class Addressed(Protocol):
    """What is known of a row beside its features."""

    @property
    def place(self) -> int: ...

    @property
    def id(self) -> str: ...

    @property
    def time(self) -> datetime: ...


@dataclass(kw_only=True, slots=True, eq=False)
class Part:
    """The good rows of one question that one version answers; `rows` are as many as `read` holds."""

    serving: Serving
    read: ReadRows
    rows: Sequence[Addressed]
    answers: Answers | None = None
    """Known after the forward."""


@dataclass(kw_only=True, slots=True, eq=False)
class Asked:
    """One question on its way. `places`, and further `errors`, are known once it was answered."""

    parts: Sequence[Part]
    errors: list[RowError]
    all_or_nothing: bool = False
    abstain_below: float | None = None
    relaxed: bool = False
    places: Sequence[int] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Rows to be answered."""
        return sum(len(part.rows) for part in self.parts)


class Forward:
    """Answers the parts of many questions together, and remembers how long each version takes for a row."""

    def __init__(self) -> None:
        self._row_seconds: dict[str, float] = {}

    def expected_seconds(self, asked: Asked) -> float:
        """How long the forward of this question alone would take; 0 for versions not seen yet."""
        return sum(self._row_seconds.get(part.serving.sha256, 0.0) * len(part.rows) for part in asked.parts)

    def answer(self, questions: Sequence[Asked]) -> None:
        """Give every part its answers."""
        of_version: dict[str, list[Part]] = {}
        for asked in questions:
            for part in asked.parts:
                of_version.setdefault(part.serving.sha256, []).append(part)
        for sha256, parts in of_version.items():
            start = time.perf_counter()
            bundle = parts[0].serving.bundle
            answers = bundle.answer(bundle.schema.block([part.read for part in parts]))
            _share_out(answers, parts)
            spent = (time.perf_counter() - start) / max(1, len(answers.values))
            before = self._row_seconds.get(sha256, spent)
            self._row_seconds[sha256] = before + _SMOOTHING * (spent - before)


def _share_out(answers: Answers, parts: Sequence[Part]) -> None:
    if len(parts) == 1:
        parts[0].answers = answers
        return
    start = 0
    for part in parts:
        end = start + len(part.rows)
        part.answers = answers.part(start, end)
        start = end


def draft(asked: Asked) -> list[Prediction]:
    """The predictions of a question whose parts are answered, in the order of its rows.

    A row without a finite answer becomes an error of the question.
    """
    drafted = [pair for part in asked.parts for pair in _draft_part(part, asked)]
    if len(asked.parts) > 1:
        drafted.sort(key=lambda pair: pair[0])
    asked.places = [place for place, _ in drafted]
    return [prediction for _, prediction in drafted]


def _draft_part(part: Part, asked: Asked) -> list[tuple[int, Prediction]]:
    read, answers = part.read, part.answers
    assert answers is not None
    model, version, below = part.serving.model, part.serving.version, asked.abstain_below
    shares = _by_class(answers, part.serving.bundle.classes)
    confidences = answers.confidences or (None,) * len(part.rows)
    drafted = [
        (
            row.place,
            Prediction(
                model=model,
                id=row.id,
                time=row.time,
                features=features,
                value=value,
                version=version,
                probabilities=probabilities,
                confidence=confidence,
                unknown_categories=unknown,
                abstained=below is not None and confidence is not None and confidence < below,
            ),
        )
        for row, features, value, probabilities, confidence, unknown in zip(
            part.rows, read.features, answers.values, shares, confidences, read.unknown, strict=True
        )
    ]
    finite = _finite(answers)
    if not finite.all():
        unanswered = [row.place for row, answered in zip(part.rows, finite, strict=True) if not answered]
        problem = "the network has no finite answer for it"
        asked.errors += [RowError(row=place, field=None, problem=problem) for place in unanswered]
        drafted = [pair for pair, answered in zip(drafted, finite, strict=True) if answered]
    return drafted


def _by_class(answers: Answers, classes: Sequence[str] | None) -> Sequence[dict[str, float] | None]:
    if answers.probabilities is None or classes is None:
        return (None,) * len(answers.values)
    return [dict(zip(classes, shares, strict=True)) for shares in answers.probabilities.tolist()]


def _finite(answers: Answers) -> np.ndarray:
    """n, bool."""
    if answers.probabilities is None:
        return np.isfinite(np.array(answers.values, dtype=np.float64))
    finite: np.ndarray = np.isfinite(answers.probabilities).all(axis=1)
    return finite
