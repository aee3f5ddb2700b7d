from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from infra.domain.predictions import Answered
from monitoring.intervals import mean_interval, wilson
from monitoring.performance import performance
from tests.unit.monitoring.building import answered, many, spec


def _binary(n: int = 400, seed: int = 0) -> list[Answered]:
    rng = np.random.default_rng(seed)
    rows = []
    for seq in range(n):
        chance = float(rng.random())
        truth = "bad" if rng.random() < chance else "good"
        value = "bad" if chance >= 0.5 else "good"
        rows.append(answered(seq, value, truth, probabilities={"bad": chance, "good": 1 - chance}))
    return rows


def test_accuracy_counts_labelled_rows_and_states_its_coverage() -> None:
    measured = performance(many(right=90, wrong=10, unlabelled=100), spec())
    assert measured.report is not None
    assert (measured.report.metric, measured.report.value) == ("accuracy", 0.9)
    assert (measured.report.rows, measured.report.labelled) == (200, 100)
    assert measured.report.low < 0.9 < measured.report.high


def test_too_few_labels_give_a_note_and_no_figure() -> None:
    measured = performance(many(right=8, wrong=0, unlabelled=400), spec())
    assert measured.report is None
    assert (measured.labelled, measured.note) == (8, "not enough labels (8 of 30 needed)")


def test_a_class_is_the_same_as_text_and_as_a_number() -> None:
    rows = [answered(seq, "1", 1.0) for seq in range(40)]
    measured = performance(rows, spec())
    assert measured.report is not None
    assert measured.report.value == 1.0


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    bounds = [wilson(int(right), 200, 0.05) for right in rng.binomial(200, 0.9, size=2000)]
    covered = np.mean([low <= 0.9 <= high for low, high in bounds])
    assert 0.93 <= covered <= 0.98


def test_figures_agree_with_scikit_learn() -> None:
    rows = _binary()
    measured = performance(rows, spec(data={"source": "d.csv", "target": "y", "positive": "bad"}))
    assert measured.report is not None
    truth = [row.label.value for row in rows if row.label]
    answer = [row.prediction.value for row in rows]
    chance = [(row.prediction.probabilities or {})["bad"] for row in rows]
    bad = [value == "bad" for value in truth]
    found = measured.report.others
    assert found["f1"] == pytest.approx(metrics.f1_score(truth, answer, pos_label="bad"))
    assert found["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(truth, answer))
    assert found["catch_rate"] == pytest.approx(metrics.recall_score(truth, answer, pos_label="bad"))
    assert found["false_alarm_rate"] == pytest.approx(1 - metrics.recall_score(truth, answer, pos_label="good"))
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(bad, chance))
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(bad, chance))
    assert 0.0 < found["ece"] < 0.15


def test_a_window_of_one_class_has_no_auc_and_raises_nothing() -> None:
    rows = [answered(seq, "good", "good", probabilities={"bad": 0.1, "good": 0.9}) for seq in range(50)]
    measured = performance(rows, spec(data={"source": "d.csv", "target": "y", "positive": "bad"}))
    assert measured.report is not None
    assert measured.report.value == 1.0
    assert not {"auc", "catch_rate", "f1"} & set(measured.report.others)
    assert measured.report.others["false_alarm_rate"] == 0.0


def test_confident_errors_are_counted_on_their_own() -> None:
    sure = [answered(seq, "a", "b", probabilities={"a": 0.95, "b": 0.05}) for seq in range(7)]
    unsure = [answered(seq, "a", "b", probabilities={"a": 0.6, "b": 0.4}) for seq in range(7, 40)]
    measured = performance(sure + unsure, spec())
    assert measured.report is not None
    assert measured.report.confident_errors == 7


def test_slices_need_twenty_rows_and_keep_the_missing_apart() -> None:
    rows = [answered(seq, "a", "a", features={"shift": 1.0}) for seq in range(30)]
    rows += [answered(seq, "a", "b", features={"shift": None}) for seq in range(30, 55)]
    rows += [answered(seq, "a", "b", features={"shift": 2}) for seq in range(55, 70)]
    measured = performance(rows, spec(data={"source": "d.csv", "target": "y", "slices": ["shift"]}))
    assert measured.report is not None
    found = [(score.value, score.rows, score.score) for score in measured.report.slices]
    assert found == [("1", 30, 1.0), ("missing", 25, 0.0)]
    assert [(score.low, score.high) for score in measured.report.slices] == [wilson(30, 30, 0.01), wilson(0, 25, 0.01)]


def test_regression_reports_mae_with_an_interval_and_its_usual_figures() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=300)
    errors = rng.normal(0.2, 0.5, size=300)
    rows = [answered(seq, float(y + e), float(y)) for seq, (y, e) in enumerate(zip(truth, errors, strict=True))]
    measured = performance(rows, spec("regression"))
    assert measured.report is not None
    found = measured.report
    assert found.metric == "mae"
    assert found.value == pytest.approx(np.abs(errors).mean())
    assert found.low < found.value < found.high
    assert found.others["rmse"] == pytest.approx(np.sqrt((errors**2).mean()))
    assert found.others["bias"] == pytest.approx(errors.mean())
    assert found.others["r2"] == pytest.approx(metrics.r2_score(truth, truth + errors))


def test_how_often_the_promised_interval_held_is_a_figure_of_those_that_promised_one() -> None:
    rows = [answered(seq, 10.0, 10.0 + seq % 10, version=1 + seq % 2) for seq in range(100)]
    measured = performance(rows, spec("regression"), {1: 4.0})  # version 1 is off by 0, 2, 4, 6, 8
    assert measured.report is not None
    assert measured.report.others["interval_coverage"] == 0.6
    measured = performance(rows, spec("regression"))
    assert measured.report is not None
    assert "interval_coverage" not in measured.report.others


def test_regression_on_a_constant_truth_has_no_r2() -> None:
    rows = [answered(seq, 1.5, 1.0) for seq in range(40)]
    measured = performance(rows, spec("regression"))
    assert measured.report is not None
    assert (measured.report.value, measured.report.low, measured.report.high) == (0.5, 0.5, 0.5)
    assert "r2" not in measured.report.others


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e300, 1e300), min_size=30, max_size=40))
def test_wild_numbers_never_raise(truths: list[float]) -> None:
    rows = [answered(seq, 0.0, truth) for seq, truth in enumerate(truths)]
    measured = performance(rows, spec("regression"))
    assert measured.report is not None
    assert measured.report.low <= measured.report.high
    assert all(np.isfinite(list(measured.report.others.values())))


def test_the_interval_of_a_mean_shrinks_with_more_rows() -> None:
    rng = np.random.default_rng(2)
    few, more = (mean_interval(rng.random(n), 0.01) for n in (50, 5000))
    assert more[1] - more[0] < 0.2 * (few[1] - few[0])
