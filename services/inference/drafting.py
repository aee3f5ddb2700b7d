"""Questions to predictions that are ready to be stored: one float32 block and one forward for each version.

It knows versions and rows; it knows nothing of event loops, HTTP or storage.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
import structlog

from infra.domain.errors import RowError
from infra.domain.predictions import Prediction
from infra.model.bundle import Answers
from infra.model.rows import ReadRows
from services.inference.predictor import Serving

_SMOOTHING = 0.3
log = structlog.get_logger(__name__)


class Addressed(Protocol):
    """What is known of a row beside its features."""

    @property
    def place(self) -> int: ...

    @property
    def id(self) -> str: ...

    @property
    def time(self) -> datetime: ...

    @property
    def features(self) -> Mapping[str, object]: ...


@dataclass(kw_only=True, slots=True, eq=False)
class Part:
    """The good rows of one question that one version answers; `rows` are as many as `read` holds."""

    serving: Serving
    read: ReadRows
    rows: Sequence[Addressed]
    fallback: Serving | None = None
    """Who answers when `serving` fails: a challenger's fault must cost nobody an answer."""
    answers: Answers | None = None
    """Known after the forward, unless there is a `problem`."""
    problem: Exception | None = None
    finite: bool = True
    """Whether all answers of its forward are numbers."""


def read_part(
    serving: Serving, rows: Sequence[Addressed], errors: list[RowError], fallback: Serving | None = None
) -> Part:
    """The rows that a version can read; why it cannot read the others goes to `errors`."""
    read = serving.bundle.schema.read([row.features for row in rows])
    errors += [RowError(row=rows[one.row].place, field=one.field, problem=one.problem) for one in read.errors]
    if len(read.good) < len(rows):
        rows = [rows[place] for place in read.good]
    return Part(serving=serving, read=read, rows=rows, fallback=fallback)


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
        """Give every part its answers, or its problem: one version's fault is no other's."""
        self._answer_all([part for asked in questions for part in asked.parts])
        again = [asked for asked in questions if any(part.problem and part.fallback for part in asked.parts)]
        for asked in again:
            asked.parts = [_without_challenger(part, asked.errors) for part in asked.parts]
        self._answer_all([part for asked in again for part in asked.parts if part.answers is None])

    def _answer_all(self, parts: Sequence[Part]) -> None:
        of_version: dict[str, list[Part]] = {}
        for part in parts:
            of_version.setdefault(part.serving.sha256, []).append(part)
        for mine in of_version.values():
            try:
                self._answer_together(mine)
            except Exception as problem:
                serving = mine[0].serving
                log.exception("a version failed to answer", model=serving.model, version=serving.version)
                for part in mine:
                    part.problem = problem

    def _answer_together(self, parts: Sequence[Part]) -> None:
        start = time.perf_counter()
        bundle = parts[0].serving.bundle
        answers = bundle.answer(bundle.schema.block([part.read for part in parts]))
        _share_out(answers, parts, finite=bool(_finite(answers).all()))
        spent = (time.perf_counter() - start) / max(1, len(answers.values))
        sha256 = parts[0].serving.sha256
        before = self._row_seconds.get(sha256, spent)
        self._row_seconds[sha256] = before + _SMOOTHING * (spent - before)


def _without_challenger(part: Part, errors: list[RowError]) -> Part:
    if part.problem is None or part.fallback is None:
        return part
    return read_part(part.fallback, part.rows, errors)


def _share_out(answers: Answers, parts: Sequence[Part], *, finite: bool) -> None:
    start = 0
    for part in parts:
        end = start + len(part.rows)
        part.answers, part.finite = answers.part(start, end), finite
        start = end


def draft(asked: Asked) -> list[Prediction]:
    """The predictions of a question whose parts are answered, in the order of its rows.

    A row without a finite answer becomes an error of the question.

    Raises:
        Exception: whatever a version failed with.
    """
    for part in asked.parts:
        if part.problem is not None:
            raise part.problem
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
    if not part.finite:
        finite = _finite(answers)
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
