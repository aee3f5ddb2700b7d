"""Figures beside the headline metric, by their usual names; one that cannot be computed is left out.

Written on numpy because windows with one class, constant targets or absent probabilities are ordinary here,
and each of them makes the usual library call warn or raise. It knows nothing of windows or intervals.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infra.domain.predictions import Answered
from infra.domain.values import class_name
from monitoring.calibration_error import calibration_figures

Floats = NDArray[np.float64]
Names = NDArray[np.str_]


def classification_figures(labelled: Sequence[Answered], positive: str | None) -> dict[str, float]:
    """Those of `decision_figures`, and of `probability_figures` when every row carries probabilities."""
    truth = np.array([class_name(row.label.value) for row in labelled if row.label is not None])
    answer = np.array([class_name(row.prediction.value) for row in labelled])
    figures = decision_figures(answer, truth, positive)
    if all(row.prediction.probabilities for row in labelled):
        classes = sorted({name for row in labelled for name in row.prediction.probabilities or {}})
        table = np.array(
            [[(row.prediction.probabilities or {}).get(name, 0.0) for name in classes] for row in labelled]
        )
        figures |= probability_figures(table, classes, truth, positive)
    return figures


def decision_figures(answer: Names, truth: Names, positive: str | None) -> dict[str, float]:
    """f1 and balanced_accuracy; catch_rate and false_alarm_rate of `positive`. n answers, n truths, as class names.

    `f1` is that of `positive`, or the plain mean over the classes that occurred.
    """
    present = sorted(set(truth.tolist()))
    figures = {"balanced_accuracy": float(np.mean([(answer[truth == name] == name).mean() for name in present]))}
    if positive is None:
        figures["f1"] = float(np.mean([_f1(truth == name, answer == name) for name in present]))
        return figures
    actual, called = truth == class_name(positive), answer == class_name(positive)
    if actual.any():
        figures["catch_rate"] = float(called[actual].mean())
    if not actual.all():
        figures["false_alarm_rate"] = float(called[~actual].mean())
    if actual.any() or called.any():
        figures["f1"] = _f1(actual, called)
    return figures


def _f1(actual: NDArray[np.bool_], called: NDArray[np.bool_]) -> float:
    return 2.0 * int((actual & called).sum()) / (int(actual.sum()) + int(called.sum()))


def probability_figures(table: Floats, classes: Sequence[str], truth: Names, positive: str | None) -> dict[str, float]:
    """brier, log_loss, auc and the calibration error. `table` is n × classes, in the order of `classes`.

    brier is that of one class when there are two, else summed over classes (Brier 1950). A truth that the model
    does not know has probability 0; then there is no log_loss. auc is that of `positive`, else the mean over classes.
    """
    names = [*classes, *sorted(set(truth.tolist()) - set(classes))]
    table = np.pad(table, ((0, 0), (0, len(names) - len(classes))))
    actual = truth[:, None] == np.array(names)[None, :]  # n × names
    squares = float(((table - actual) ** 2).sum(axis=1).mean())
    figures = {"brier": squares / 2.0 if len(names) == 2 else squares}
    figures |= calibration_figures(table.max(axis=1), actual[np.arange(len(truth)), table.argmax(axis=1)])
    if len(names) == len(classes):
        figures["log_loss"] = float(-np.log(np.maximum(table[actual], np.finfo(np.float64).tiny)).mean())
    wanted = None if positive is None else class_name(positive)
    columns = [names.index(wanted)] if wanted in names else range(len(names))
    areas = [area for k in columns if (area := area_under_curve(table[:, k], actual[:, k])) is not None]
    if areas:
        figures["auc"] = float(np.mean(areas))
    return figures


def area_under_curve(score: Floats, actual: NDArray[np.bool_]) -> float | None:
    """The area under the ROC curve by ranks, ties shared (Hanley and McNeil 1982); None with one class only.

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
    """Those of `error_figures` over labelled rows."""
    truth = np.array([float(row.label.value) for row in labelled if row.label is not None])
    return error_figures(np.array([float(row.prediction.value) for row in labelled]), truth)


def error_figures(answer: Floats, truth: Floats) -> dict[str, float]:
    """rmse, bias (answer minus truth) and r2, which is absent where the truth is constant or does not fit a float."""
    with np.errstate(over="ignore", invalid="ignore"):  # a wild label may exceed float range; then it is left out
        error = answer - truth
        figures = {"rmse": float(np.sqrt(np.mean(error**2))), "bias": float(error.mean())}
        spread = float(((truth - truth.mean()) ** 2).sum())
        if spread > 0.0:
            figures["r2"] = 1.0 - float((error**2).sum()) / spread
    return {name: figure for name, figure in figures.items() if np.isfinite(figure)}
