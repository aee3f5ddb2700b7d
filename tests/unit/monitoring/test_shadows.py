"""Two sides of the same labelled rows."""

from __future__ import annotations

import numpy as np
import pytest

from infra.domain.predictions import Answered
from infra.domain.shadows import ShadowAnswer
from infra.domain.values import Answer
from monitoring.shadows import MINIMUM_ROWS, compare
from tests.builders import MODEL, answered


def pair(seq: int, said: Answer, value: Answer, truth: Answer | None) -> tuple[ShadowAnswer, Answered]:
    shadow = ShadowAnswer(model=MODEL, prediction_id=f"p{seq}", role="challenger", version=2, value=said)
    return shadow, answered(seq, value, truth)


def test_classes_are_compared_on_the_rows_whose_truth_is_known() -> None:
    rows = [("up", "up", "up"), ("up", "down", "up"), ("down", "up", "up"), ("down", "down", None)]
    report = compare([pair(seq, *row) for seq, row in enumerate(rows)], "classification")
    assert (report.metric, report.labelled) == ("accuracy", 3)
    assert [report.shadow, report.answered, report.agreement] == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    assert (report.gain, report.distance) == (0.0, None)
    assert (report.low, report.high) == (None, None)


def test_a_label_sent_as_a_number_names_the_same_class() -> None:
    assert compare([pair(1, "1", "0", 1.0)], "classification").shadow == 1.0


def test_numbers_are_compared_by_their_errors() -> None:
    report = compare([pair(1, 3.0, 5.0, 2.0), pair(2, 4.0, 4.0, 3.0)], "regression")
    assert (report.metric, report.shadow, report.answered, report.gain) == ("mae", 1.0, 2.0, 1.0)
    assert (report.agreement, report.distance) == (None, 1.0)


def test_without_labels_nothing_is_known() -> None:
    report = compare([pair(1, "up", "up", None)], "classification")
    assert (report.labelled, report.shadow, report.gain, report.agreement) == (0, None, None, None)


def test_a_better_version_is_outside_the_interval_of_chance_and_the_interval_is_paired() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0.0, 100.0, 200)  # the rows differ far more than the two sides do
    pairs = [pair(row, true + 0.9, true + 1.0 + rng.normal(0, 0.1), true) for row, true in enumerate(truth.tolist())]
    report = compare(pairs, "regression")
    assert report.low is not None
    assert report.high is not None
    assert 0.05 < report.low < 0.1 < report.high < 0.15


def test_the_interval_covers_no_difference_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        said, value = np.where(rng.random((2, 100)) < 0.8, "up", "down").tolist()
        pairs = [pair(row, said[row], value[row], "up") for row in range(100)]
        report = compare(pairs, "classification")
        assert report.low is not None
        assert report.high is not None
        covered += report.low <= 0.0 <= report.high
    assert 180 <= covered <= 200  # 190 are expected, with a deviation of 3


def test_with_few_rows_the_interval_is_unknown() -> None:
    pairs = [pair(row, "up", "up" if row % 2 else "down", "up") for row in range(MINIMUM_ROWS)]
    assert compare(pairs[1:], "classification").low is None
    assert compare(pairs, "classification").low is not None
