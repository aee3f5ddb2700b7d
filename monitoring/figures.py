"""Figures beside the headline metric, by their usual names; one that cannot be computed is left out.

Written on numpy because windows with one class, constant targets or absent probabilities are ordinary here,
and each of them makes the usual library call warn or raise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infra.domain.predictions import Answered
from infra.domain.values import class_name

CALIBRATION_BINS = 15
Floats = NDArray[np.float64]


def classification_figures(labelled: Sequence[Answered], positive: str | None) -> dict[str, float]:
    """f1 and balanced_accuracy; catch_rate and false_alarm_rate of `positive`; brier, ece and auc.

    `f1` is that of `positive`, or the plain mean over the classes that occurred. The probabilistic figures need
    probabilities on every row.
    """
    truth = np.array([class_name(row.label.value) for row in labelled if row.label is not None])
    answer = np.array([class_name(row.prediction.value) for row in labelled])
    figures = _confusion_figures(truth, answer, None if positive is None else class_name(positive))
    if all(row.prediction.probabilities for row in labelled):
        figures |= _probability_figures(labelled, truth, None if positive is None else class_name(positive))
    return figures


def _confusion_figures(truth: NDArray[np.str_], answer: NDArray[np.str_], positive: str | None) -> dict[str, float]:
    present = sorted(set(truth.tolist()))
    figures = {"balanced_accuracy": float(np.mean([(answer[truth == name] == name).mean() for name in present]))}
    if positive is None:
        figures["f1"] = float(np.mean([_f1(truth == name, answer == name) for name in present]))
        return figures
    actual, called = truth == positive, answer == positive
    if actual.any():
        figures["catch_rate"] = float(called[actual].mean())
    if not actual.all():
        figures["false_alarm_rate"] = float(called[~actual].mean())
    if actual.any() or called.any():
        figures["f1"] = _f1(actual, called)
    return figures


def _f1(actual: NDArray[np.bool_], called: NDArray[np.bool_]) -> float:
    return 2.0 * int((actual & called).sum()) / (int(actual.sum()) + int(called.sum()))


def _probability_figures(
    labelled: Sequence[Answered], truth: NDArray[np.str_], positive: str | None
) -> dict[str, float]:
    names = sorted({name for row in labelled for name in row.prediction.probabilities or {}} | set(truth.tolist()))
    table = np.array([[(row.prediction.probabilities or {}).get(name, 0.0) for name in names] for row in labelled])
    actual = truth[:, None] == np.array(names)[None, :]  # n × classes
    squares = float(((table - actual) ** 2).sum(axis=1).mean())
    right = actual[np.arange(len(truth)), table.argmax(axis=1)]
    figures = {
        "brier": squares / 2.0 if len(names) == 2 else squares,
        "ece": expected_calibration_error(table.max(axis=1), right),
    }
    columns = [names.index(positive)] if positive in names else range(len(names))
    areas = [area for k in columns if (area := area_under_curve(table[:, k], actual[:, k])) is not None]
    if areas:
        figures["auc"] = float(np.mean(areas))
    return figures


def expected_calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """The mean gap between confidence and accuracy over 15 equal bins, weighed by rows (Naeini et al. 2015).

    >>> expected_calibration_error(np.array([0.9, 0.9, 0.9, 0.9]), np.array([True, True, True, False]))
    0.15
    """
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=CALIBRATION_BINS)
    return round(float(np.abs(gaps).sum()) / len(confidence), 12)


def area_under_curve(score: Floats, actual: NDArray[np.bool_]) -> float | None:
    """The area under the ROC curve by ranks, ties shared (Mann and Whitney 1947); None with one class only.

    >>> area_under_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    positives = int(actual.sum())
    negatives = len(actual) - positives
    if not positives or not negatives:
        return None
    ranks = float(stats.rankdata(score)[actual].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def regression_figures(labelled: Sequence[Answered]) -> dict[str, float]:
    """rmse, bias (answer minus truth) and r2, which is absent where the truth is constant or does not fit a float."""
    truth = np.array([float(row.label.value) for row in labelled if row.label is not None])
    error = np.array([float(row.prediction.value) for row in labelled]) - truth
    with np.errstate(over="ignore", invalid="ignore"):  # a wild label may exceed float range; then it is left out
        figures = {"rmse": float(np.sqrt(np.mean(error**2))), "bias": float(error.mean())}
        spread = float(((truth - truth.mean()) ** 2).sum())
        if spread > 0.0:
            figures["r2"] = 1.0 - float((error**2).sum()) / spread
    return {name: figure for name, figure in figures.items() if np.isfinite(figure)}
