"""What a model makes of labelled rows: its answer, what it gave the truth, its loss, and whether it was wrong.

It knows nothing of which model came first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infra.domain.corrections import Reading
from infra.domain.values import Answer, class_name
from infra.model.bundle import ModelBundle
from infra.model.read_frame import ReadFrame

_BATCH_VALUES = 4_000_000
_TENTHS = 10
Floats = npt.NDArray[np.float64]
LEAST_PROBABILITY = 1e-12
"""What a class counts for in −ln p that was given less, or that the model does not know: a loss of 27.6."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """n rows as one model reads them. `truth_probability` and `confidence` are None for numbers."""

    answers: tuple[Answer, ...]
    truth_probability: Floats | None
    confidence: Floats | None
    """Probability of the answer."""
    loss: Floats
    wrong: npt.NDArray[np.bool_]

    def of(self, row: int) -> Reading:
        """One row's, as a record keeps it."""
        probability = None if self.truth_probability is None else float(self.truth_probability[row])
        return Reading(answer=self.answers[row], truth_probability=probability, loss=float(self.loss[row]))


def read_rows(bundle: ModelBundle, frame: ReadFrame, target: Sequence[Answer], tolerance: float | None) -> Readings:
    """The bundle's answers to n rows against their truth, in parts that bound memory; `tolerance` is for numbers.

    Raises:
        DataError: a row that it cannot read.
    """
    size = max(1, _BATCH_VALUES // bundle.schema.width)
    parts = [np.arange(first, min(first + size, len(frame))) for first in range(0, len(frame), size)]
    answers = [bundle.answer(bundle.schema.encode(frame.take(part))) for part in parts]
    if bundle.classes is None:
        numbers = [value for part in answers for value in part.values]
        return _of_numbers(np.array(numbers, dtype=np.float64), target, tolerance)
    return _of_classes(np.concatenate([part.probabilities for part in answers]), bundle.classes, target)


def read_knowing_nothing(
    train_target: Sequence[Answer], target: Sequence[Answer], *, task: str, tolerance: float | None
) -> Readings:
    """What one would answer who knows no feature: how frequent each class is in training, or the mean."""
    if task == "regression":
        mean = np.full(len(target), np.mean([float(value) for value in train_target]))
        return _of_numbers(mean, target, tolerance)
    counts = Counter(class_name(value) for value in train_target)
    classes = tuple(sorted(counts))
    shares = np.array([counts[name] for name in classes]) / len(train_target)
    return _of_classes(np.tile(shares, (len(target), 1)), classes, target)


def spread_of(target: Sequence[Answer]) -> float:
    """Mean absolute distance of numbers from their mean."""
    numbers = np.array(target, dtype=np.float64)
    return float(np.abs(numbers - numbers.mean()).mean())


def places_of(target: Sequence[Answer], classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Place of each true class among the classes, -1 for one that is not there."""
    known = {name: place for place, name in enumerate(classes)}
    return np.array([known.get(class_name(value), -1) for value in target], dtype=np.int64)


def turned_shares(before: Readings, after: Readings) -> Floats | None:
    """Of the rows that are right before, the share that is wrong after, by tenths of confidence (10 shares).

    A tenth without rows takes the share of all. None for numbers, or where no row is right before.
    """
    right = ~before.wrong
    if before.confidence is None or not right.any():
        return None
    tenth, turned = tenths(before.confidence[right]), after.wrong[right]
    rows = np.bincount(tenth, minlength=_TENTHS)
    shares = np.bincount(tenth, weights=turned, minlength=_TENTHS) / np.maximum(rows, 1)
    found: Floats = np.where(rows > 0, shares, turned.mean())
    return found


def tenths(confidence: Floats) -> npt.NDArray[np.int64]:
    """The tenth that each confidence lies in.

    >>> tenths(np.array([0.0, 0.55, 1.0])).tolist()
    [0, 5, 9]
    """
    return np.minimum((confidence * _TENTHS).astype(np.int64), _TENTHS - 1)


def _of_classes(probabilities: np.ndarray, classes: Sequence[str], target: Sequence[Answer]) -> Readings:
    truth, best = places_of(target, classes), probabilities.argmax(axis=1)
    rows = np.arange(len(target))
    given = np.where(truth >= 0, probabilities[rows, truth], 0.0)
    return Readings(
        answers=tuple(classes[place] for place in best.tolist()),
        truth_probability=given,
        confidence=probabilities[rows, best],
        loss=-np.log(np.maximum(given, LEAST_PROBABILITY)),
        wrong=best != truth,
    )


def _of_numbers(found: Floats, target: Sequence[Answer], tolerance: float | None) -> Readings:
    error = np.abs(found - np.array(target, dtype=np.float64))
    wrong = error > (np.inf if tolerance is None else tolerance)
    return Readings(answers=tuple(found.tolist()), truth_probability=None, confidence=None, loss=error, wrong=wrong)
