"""Prequential scoring: every row counts as it was answered, before its truth was known to any part of the system.

Pure: answers and truths in, figures out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infra.domain.values import Answer


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The headline figures of one set of answers; those of the other task are None."""

    accuracy: float | None = None
    mae: float | None = None
    rmse: float | None = None
    r2: float | None = None

    @property
    def headline(self) -> float:
        """Accuracy, or MAE."""
        value = self.accuracy if self.accuracy is not None else self.mae
        assert value is not None
        return value


def score_answers(task: str, answers: Sequence[Answer], truths: Sequence[Answer]) -> Figures:
    """Score answers against truths, one each a row; at least one row.

    >>> score_answers("classification", ["a", "b"], ["a", "a"]).accuracy
    0.5
    """
    if task == "classification":
        right = sum(given == true for given, true in zip(answers, truths, strict=True))
        return Figures(accuracy=right / len(truths))
    given, true = np.asarray(answers, dtype=float), np.asarray(truths, dtype=float)
    errors = given - true
    spread = float(((true - true.mean()) ** 2).sum())
    return Figures(
        mae=float(np.abs(errors).mean()),
        rmse=float(np.sqrt((errors**2).mean())),
        r2=float(1.0 - (errors**2).sum() / spread) if spread > 0 else None,
    )


def by_window(task: str, answers: Sequence[Answer], truths: Sequence[Answer], size: int) -> list[float]:
    """The headline figure of every `size` rows in order; the last may be shorter."""
    return [
        score_answers(task, answers[start : start + size], truths[start : start + size]).headline
        for start in range(0, len(truths), size)
    ]


def decisions_improved(task: str, answers: Sequence[Answer], frozen: Sequence[Answer], truths: Sequence[Answer]) -> int:
    """Rows that were answered better than the frozen first champion would have, less those answered worse.

    For numbers, better means a smaller absolute error.
    """
    if task == "classification":
        return sum(
            int(mine == true) - int(old == true) for mine, old, true in zip(answers, frozen, truths, strict=True)
        )
    mine, old, true = (np.asarray(values, dtype=float) for values in (answers, frozen, truths))
    return int(np.sign(np.abs(old - true) - np.abs(mine - true)).sum())
