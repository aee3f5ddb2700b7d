"""How right the answers of a window were: the headline metric with its interval, and the figures beside it.

It reads labelled rows and the model file; it knows nothing of windows, alerts or drift. A figure that cannot be
computed is absent, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra.domain.predictions import Answered
from infra.domain.values import Answer, class_name
from infra.domain.windows import PerformanceReport
from infra.spec import ModelSpec
from monitoring.figures import classification_figures, regression_figures
from monitoring.intervals import headline
from monitoring.slices import slice_scores

CONFIDENT = 0.9
"""An error at this confidence or above is counted on its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A report, or the reason in words why there is none. `labelled` is known either way."""

    report: PerformanceReport | None
    labelled: int
    note: str = ""


def performance(rows: Sequence[Answered], spec: ModelSpec, half_widths: Mapping[int, float] | None = None) -> Measured:
    """Measure the answers that have a label; no report when fewer than `minimum_rows` have one.

    `half_widths` are those of the intervals that versions promise around their numbers.
    """
    labelled = [row for row in rows if row.label is not None]
    needed = spec.monitoring.minimum_rows
    if len(labelled) < needed:
        return Measured(
            report=None, labelled=len(labelled), note=f"not enough labels ({len(labelled)} of {needed} needed)"
        )
    losses = losses_of(labelled, spec)
    value, low, high = headline(losses, spec)
    classification = spec.task == "classification"
    others = (
        classification_figures(labelled, spec.data.positive)
        if classification
        else regression_figures(labelled) | interval_figures(labelled, losses, half_widths or {})
    )
    report = PerformanceReport(
        kind="measured",
        metric="accuracy" if classification else "mae",
        value=value,
        low=low,
        high=high,
        rows=len(rows),
        labelled=len(labelled),
        confident_errors=confident_errors(labelled) if classification else 0,
        slices=slice_scores(labelled, losses, spec),
        others=others,
    )
    return Measured(report=report, labelled=len(labelled))


def interval_figures(
    labelled: Sequence[Answered], errors: NDArray[np.float64], half_widths: Mapping[int, float]
) -> dict[str, float]:
    """How often the truth lay within the interval that was promised with the answer; empty where none was promised."""
    promised = [
        error <= half_widths[row.prediction.version]
        for row, error in zip(labelled, errors, strict=True)
        if row.prediction.version in half_widths
    ]
    return {"interval_coverage": float(np.mean(promised))} if promised else {}


def losses_of(labelled: Sequence[Answered], spec: ModelSpec) -> NDArray[np.float64]:
    """The loss of each labelled row, in its order: 1 for a wrong class and 0 for a right one, or |answer - truth|."""
    truths = [row.label.value for row in labelled if row.label is not None]
    pairs = zip(labelled, truths, strict=True)
    return np.array([loss_of(row.prediction.value, truth, spec.task) for row, truth in pairs], dtype=np.float64)


def loss_of(answer: Answer, truth: Answer, task: str) -> float:
    """1 for a wrong class and 0 for a right one, or |answer - truth|.

    >>> loss_of("1", 1.0, "classification"), loss_of(1.5, 1.0, "regression")
    (0.0, 0.5)
    """
    if task == "classification":
        return float(class_name(truth) != class_name(answer))
    return abs(float(answer) - float(truth))


def confident_errors(labelled: Sequence[Answered]) -> int:
    """How many rows were answered wrong with a confidence of at least 0.9."""
    return sum(
        (row.prediction.confidence or 0.0) >= CONFIDENT
        and row.label is not None
        and class_name(row.label.value) != class_name(row.prediction.value)
        for row in labelled
    )
