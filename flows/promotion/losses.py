"""How wrong each answer was: what every comparison of two sides begins with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from infra.domain.values import Answer

Losses = npt.NDArray[np.float64]
"""One loss a row: 0 or 1 for a class right or wrong, the absolute error for a number."""


def losses(task: str, answers: Sequence[Answer], target: Sequence[Answer]) -> Losses:
    """0 or 1 for a class right or wrong; the absolute error for a number. One value a row.

    >>> losses("classification", ["a", "b"], ["a", "a"]).tolist(), losses("regression", [1.0], [3.5]).tolist()
    ([0.0, 1.0], [2.5])
    """
    if task == "classification":
        return np.array([float(given != true) for given, true in zip(answers, target, strict=True)])
    return np.abs(np.asarray(answers, dtype=np.float64) - np.asarray(target, dtype=np.float64))
