"""How good answers are against the truth: the headline metric and its companions.

The figures are those that windows of traffic are measured by. It knows nothing of networks or windows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from infra.domain.errors import DataError
from infra.domain.values import Answer, class_name
from infra.model.bundle import ModelBundle
from infra.spec import ModelSpec
from monitoring.figures import decision_figures, error_figures, probability_figures


@dataclass(frozen=True, kw_only=True)
class Scores:
    """`metric` is accuracy (share, higher is better) or mae (target units, lower is better), over `rows`."""

    metric: Literal["accuracy", "mae"]
    value: float
    rows: int
    others: Mapping[str, float]


def score(
    values: Sequence[Answer],
    target: Sequence[Answer],
    *,
    spec: ModelSpec,
    probabilities: np.ndarray | None = None,
    classes: Sequence[str] | None = None,
) -> Scores:
    """Score n answers against n truths; `probabilities` is n × classes, in the order of `classes`.

    Raises:
        DataError: no rows, or not as many answers as truths.
    """
    if not values or len(values) != len(target):
        raise DataError(f"{len(values)} answers against {len(target)} truths: give the same number, at least one")
    if spec.task == "regression":
        return _regression(np.array(values, dtype=np.float64), np.array(target, dtype=np.float64))
    found, truth = (np.array([class_name(value) for value in side]) for side in (values, target))
    others = decision_figures(found, truth, spec.data.positive)
    if probabilities is not None and classes is not None:
        others |= probability_figures(probabilities, classes, truth, spec.data.positive)
    return Scores(metric="accuracy", value=float((found == truth).mean()), rows=len(truth), others=others)


def _regression(found: np.ndarray, truth: np.ndarray) -> Scores:
    error = float(np.abs(found - truth).mean())
    return Scores(metric="mae", value=error, rows=len(truth), others=error_figures(found, truth))


def interval_figures(bundle: ModelBundle, values: Sequence[Answer], target: Sequence[Answer]) -> dict[str, float]:
    """How often the truth lay within the bundle's interval on rows it did not train on; empty where it has none."""
    if bundle.interval is None:
        return {}
    errors = np.array(values, dtype=np.float64) - np.array(target, dtype=np.float64)
    return {
        "holdout_interval_coverage": float((np.abs(errors) <= bundle.interval.half_width).mean()),
        "interval_coverage_promised": bundle.interval.coverage,
        "interval_half_width": bundle.interval.half_width,
    }
