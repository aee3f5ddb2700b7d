"""How good answers are against the truth: the headline metric and its companions.

A figure that cannot be computed is absent, never 0. It knows nothing of networks, windows or intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import rankdata

from infra.domain.errors import DataError
from infra.domain.values import Answer, class_name
from infra.spec import ModelSpec

_BINS = 15


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
    found = np.array([class_name(value) for value in values], dtype=object)
    truth = np.array([class_name(value) for value in target], dtype=object)
    others = _decisions(found, truth, spec.data.positive)
    if probabilities is not None and classes is not None:
        others |= _probabilities(probabilities, list(classes), truth, spec.data.positive)
    return Scores(metric="accuracy", value=float((found == truth).mean()), rows=len(truth), others=others)


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Mean distance of confidence from accuracy over 15 equal-width bins, weighted by rows.

    Source: Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning".

    >>> round(expected_calibration_error(np.array([0.9, 0.9]), np.array([True, False])), 3)
    0.4
    """
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def area_under_roc(scores: np.ndarray, positive: np.ndarray) -> float | None:
    """Chance that a positive row scores above a negative one, ties half; None unless both are present.

    Source: Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve".

    >>> area_under_roc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return None
    ranks = float(rankdata(scores)[positive].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def _regression(found: np.ndarray, truth: np.ndarray) -> Scores:
    errors = found - truth
    others = {"rmse": float(np.sqrt((errors**2).mean())), "bias": float(errors.mean())}
    spread = float(((truth - truth.mean()) ** 2).sum())
    if spread > 0:
        others["r2"] = 1.0 - float((errors**2).sum()) / spread
    return Scores(metric="mae", value=float(np.abs(errors).mean()), rows=len(truth), others=others)


def _decisions(found: np.ndarray, truth: np.ndarray, positive: str | None) -> dict[str, float]:
    present = sorted(set(truth))
    recalls = [float((found[truth == name] == name).mean()) for name in present]
    others = {"balanced_accuracy": float(np.mean(recalls))}
    wanted = present if positive is None else [class_name(positive)]
    f1 = [value for name in wanted if (value := _f1(found == name, truth == name)) is not None]
    if f1:
        others["f1"] = float(np.mean(f1))
    if positive is not None:
        is_positive, called = truth == class_name(positive), found == class_name(positive)
        if is_positive.any():
            others["catch_rate"] = float(called[is_positive].mean())
        if not is_positive.all():
            others["false_alarm_rate"] = float(called[~is_positive].mean())
    return others


def _f1(called: np.ndarray, true: np.ndarray) -> float | None:
    both = int(called.sum() + true.sum())
    return 2 * int((called & true).sum()) / both if both else None


def _probabilities(
    probabilities: np.ndarray, classes: list[str], truth: np.ndarray, positive: str | None
) -> dict[str, float]:
    """Brier score (of one class when there are two, else summed over classes), ECE, log loss, AUC."""
    hits = truth[:, None] == np.array(classes, dtype=object)[None, :]  # n × classes
    squares = ((probabilities - hits) ** 2).sum(axis=1)
    others = {"brier": float(squares.mean()) / (2 if len(classes) == 2 else 1)}
    best = probabilities.argmax(axis=1)
    rows = np.arange(len(truth))
    others["ece"] = expected_calibration_error(probabilities[rows, best], hits[rows, best])
    if hits.any(axis=1).all():  # a class the model does not know has no probability to take the log of
        tiny = np.finfo(np.float64).tiny
        others["log_loss"] = float(-np.log(np.maximum(probabilities[hits], tiny)).mean())
    asked = range(len(classes))
    if positive is not None and class_name(positive) in classes:
        asked = range(place := classes.index(class_name(positive)), place + 1)
    areas = [area for place in asked if (area := area_under_roc(probabilities[:, place], hits[:, place])) is not None]
    if areas:
        others["auc"] = float(np.mean(areas))
    return others
