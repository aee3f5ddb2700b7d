"""Scores are the usual figures, and what cannot be computed is absent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from flows.training.evaluation import score
from infra.domain.errors import DataError
from infra.spec import ModelSpec


def _spec(task: str = "classification", **data: Any) -> ModelSpec:
    return ModelSpec.model_validate({"model": "m", "task": task, "data": {"source": "x", "target": "y", **data}})


def _binary(rows: int = 300) -> tuple[list[str], list[str], np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.random(rows) < 0.3
    chance = np.clip(rng.normal(0.3 + 0.4 * truth, 0.2), 0.01, 0.99).round(2)
    found = ["bad" if value > 0.5 else "good" for value in chance]
    return found, ["bad" if value else "good" for value in truth], np.column_stack([chance, 1 - chance])


def test_binary_figures_agree_with_scikit_learn() -> None:
    found, truth, probabilities = _binary()
    scores = score(found, truth, spec=_spec(positive="bad"), probabilities=probabilities, classes=["bad", "good"])
    bad = np.array(truth) == "bad"
    assert scores.metric == "accuracy"
    assert scores.rows == 300
    assert scores.value == pytest.approx(metrics.accuracy_score(truth, found))
    expected = {
        "f1": metrics.f1_score(truth, found, pos_label="bad"),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, found),
        "catch_rate": metrics.recall_score(truth, found, pos_label="bad"),
        "false_alarm_rate": 1 - metrics.recall_score(truth, found, pos_label="good"),
        "brier": metrics.brier_score_loss(bad, probabilities[:, 0]),
        "log_loss": metrics.log_loss(bad, probabilities[:, 0]),
        "auc": metrics.roc_auc_score(bad, probabilities[:, 0]),
    }
    assert {name: scores.others[name] for name in expected} == pytest.approx(expected)
    assert set(scores.others) == {*expected, "ece", "ece_null_95", "ece_exceeds_null"}


def test_figures_of_three_classes_are_macro_averages() -> None:
    rng = np.random.default_rng(1)
    classes = ["a", "b", "c"]
    probabilities = rng.dirichlet(np.ones(3), 200)
    truth = [classes[rng.choice(3, p=row)] for row in probabilities]
    found = [classes[place] for place in probabilities.argmax(axis=1)]
    scores = score(found, truth, spec=_spec(), probabilities=probabilities, classes=classes)
    assert scores.others["f1"] == pytest.approx(metrics.f1_score(truth, found, average="macro"))
    area = metrics.roc_auc_score(truth, probabilities, multi_class="ovr", average="macro")
    assert scores.others["auc"] == pytest.approx(area)
    assert "catch_rate" not in scores.others


def test_one_class_in_the_truth_leaves_out_what_needs_two() -> None:
    probabilities = np.full((2, 2), 0.5)
    scores = score(
        ["good", "good"],
        ["good", "good"],
        spec=_spec(positive="bad"),
        probabilities=probabilities,
        classes=["bad", "good"],
    )
    assert {"auc", "catch_rate", "f1"}.isdisjoint(scores.others)
    assert scores.others["false_alarm_rate"] == 0.0


def test_class_that_the_model_does_not_know_counts_as_wrong() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1]])
    scores = score(["a", "a"], ["a", "new"], spec=_spec(), probabilities=probabilities, classes=["a", "b"])
    assert scores.value == 0.5
    assert "log_loss" not in scores.others
    assert scores.others["ece"] == pytest.approx(0.4)


def test_classes_given_as_numbers_and_text_are_the_same() -> None:
    assert score(["1", "0"], [1.0, 0.0], spec=_spec()).value == 1.0


def test_certain_and_wrong_has_a_finite_log_loss() -> None:
    scores = score(["a"], ["b"], spec=_spec(), probabilities=np.array([[1.0, 0.0]]), classes=["a", "b"])
    assert np.isfinite(scores.others["log_loss"])


def test_regression_figures() -> None:
    scores = score([1.0, 2.0, 6.0], [1.0, 3.0, 4.0], spec=_spec("regression"))
    assert (scores.metric, scores.value) == ("mae", 1.0)
    assert scores.others["rmse"] == pytest.approx((5 / 3) ** 0.5)
    assert scores.others["bias"] == pytest.approx(1 / 3)
    assert scores.others["r2"] == pytest.approx(metrics.r2_score([1.0, 3.0, 4.0], [1.0, 2.0, 6.0]))
    assert "r2" not in score([1.0, 2.0], [3.0, 3.0], spec=_spec("regression")).others


@pytest.mark.parametrize(("values", "target"), [([], []), (["a"], ["a", "b"])])
def test_refuses_answers_without_their_truths(values: list[str], target: list[str]) -> None:
    with pytest.raises(DataError, match="give the same number"):
        score(values, target, spec=_spec())
