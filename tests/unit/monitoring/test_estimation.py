"""Estimates hold where inputs shift, miss where the truth changes, and are never measurements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.predictions import Answered
from monitoring.estimate_audit import EstimateAudit
from monitoring.estimation import estimate
from tests.unit.monitoring.building import answered, many, spec
from tests.unit.monitoring.estimating import Make, classes, inside, numbers, past

UNKNOWN = EstimateAudit()


@pytest.mark.parametrize(
    ("make", "task", "streams", "count"), [(classes, "classification", 8, 30), (numbers, "regression", 3, 16)]
)
def test_bands_cover_as_promised_while_inputs_shift(make: Make, task: str, streams: int, count: int) -> None:
    found = [past(make, task, seed, count, alpha=0.05) for seed in range(streams)]
    held = [one for stream in found for one in inside(stream.windows)]
    assert len(held) >= streams * (count - 3)
    assert np.mean(held) >= 0.90  # nominal 0.95 less five points
    assert np.mean([audit.muted for stream in found for audit in stream.audits]) <= 0.05


@pytest.mark.parametrize(("make", "task"), [(classes, "classification"), (numbers, "regression")])
def test_a_changed_truth_is_not_seen_and_the_estimator_is_muted_within_three_audits(make: Make, task: str) -> None:
    for seed in range(2):
        found = past(make, task, seed, 17, turns_at=12)
        assert inside(found.windows[12:14]) == [False, False]
        assert not any(audit.muted for audit in found.audits[:13])
        assert any(audit.muted for audit in found.audits[13:17])  # window 16 is told of three audits: 12, 13, 14
        report = found.windows[15].estimate
        assert report is not None
        assert found.audits[15].muted is report.note.startswith("muted: it missed in ")


def test_a_shift_to_harder_rows_is_seen_before_their_labels() -> None:
    rng = np.random.default_rng(0)
    known = classes(rng, 1500, 2.0, False, 0)
    hard = classes(rng, 500, -0.2, False, 1500)
    easy = classes(rng, 500, 2.0, False, 2000)
    said = [estimate(rows, known, UNKNOWN, spec()).report for rows in (hard, easy)]
    assert said[0] is not None
    assert said[1] is not None
    assert said[0].value < said[1].value - 0.1


def test_an_estimate_says_that_it_is_one_and_what_it_cannot_see() -> None:
    rng = np.random.default_rng(1)
    report = estimate(classes(rng, 300, 0.0, False, 300), classes(rng, 300, 0.0, False, 0), UNKNOWN, spec()).report
    assert report is not None
    assert (report.kind, report.metric, report.labelled) == ("estimated", "accuracy", 0)
    assert "cannot see concept drift" in report.note
    assert "coverage" not in report.others
    assert report.low < report.value < report.high


def test_its_own_labels_are_not_looked_at() -> None:
    rng = np.random.default_rng(2)
    known, rows = classes(rng, 300, 0.0, False, 0), classes(rng, 300, 0.0, False, 300)
    blank = [Answered(seq=row.seq, prediction=row.prediction, label=None) for row in rows]
    assert estimate(rows, known, UNKNOWN, spec()) == estimate(blank, known, UNKNOWN, spec())


def test_without_labelled_rows_confidence_is_taken_at_its_word_and_errors_are_unknown() -> None:
    rng = np.random.default_rng(3)
    said = estimate(rows := classes(rng, 200, 0.0, False, 0), [], UNKNOWN, spec()).report
    assert said is not None
    assert said.value == pytest.approx(np.mean([row.prediction.confidence or 0.0 for row in rows]), abs=1e-6)
    assert "at its word" in said.note
    found = estimate(numbers(rng, 200, 0.0, False, 0), [], UNKNOWN, spec("regression"))
    assert found.report is None
    assert "100 labelled rows" in found.note


def test_a_tiny_window_is_not_estimated() -> None:
    rng = np.random.default_rng(4)
    found = estimate(classes(rng, 8, 0.0, False, 0), [], UNKNOWN, spec())
    assert found.report is None
    assert found.note == "not enough data to estimate (8 of 30 rows)"


def test_answers_without_confidence_are_not_estimated() -> None:
    found = estimate(many(40, 0), many(40, 0), UNKNOWN, spec())
    assert found.report is None
    assert "no confidence" in found.note


def test_a_single_class_given_as_text_or_number_does_not_matter() -> None:
    rows = [answered(seq, "1", 1.0, probabilities={"1": 0.9, "0": 0.1}) for seq in range(60)]
    report = estimate(rows, rows, UNKNOWN, spec()).report
    assert report is not None
    assert 0.9 < report.value <= report.high <= 1.0


def test_recalibration_follows_the_newest_labels() -> None:
    sure = {"a": 0.95, "b": 0.05}
    known = [answered(seq, "a", "a" if seq % 10 < 7 else "b", probabilities=sure) for seq in range(500)]
    report = estimate([answered(seq, "a", None, probabilities=sure) for seq in range(500, 800)], known, UNKNOWN, spec())
    assert report.report is not None
    assert report.report.value == pytest.approx(0.7, abs=0.02)
    assert report.report.confident_errors == pytest.approx(90, abs=6)


@pytest.mark.parametrize(
    "feature",
    [None, float("nan"), "same", 3.0],
    ids=["all missing", "all not a number", "one category", "constant"],
)
def test_columns_that_say_nothing_do_not_stop_an_estimate_of_errors(feature: object) -> None:
    rng = np.random.default_rng(5)
    rows = [
        answered(seq, float(rng.normal()), float(rng.normal()), features={"z": feature})  # type: ignore[dict-item]  # any feature
        for seq in range(200)
    ]
    report = estimate(rows[100:], rows[:150], UNKNOWN, spec("regression")).report
    assert report is not None
    assert report.metric == "mae"
    assert 0.0 <= report.low < report.value < report.high


def test_features_never_seen_before_do_not_stop_an_estimate_of_errors() -> None:
    rng = np.random.default_rng(6)
    rows = [answered(seq, 1.0, float(rng.normal()), features={"old": float(seq)}) for seq in range(150)]
    new = [answered(seq, 1.0, None, features={"old": "text", "new": 1.0}) for seq in range(150, 200)]
    assert estimate(new, rows, UNKNOWN, spec("regression")).report is not None


def test_answers_that_are_always_exact_have_no_model_of_their_errors() -> None:
    rows = [answered(seq, 1.0, 1.0) for seq in range(200)]
    found = estimate(rows, rows, UNKNOWN, spec("regression"))
    assert found.report is None
    assert "labelled rows with errors" in found.note


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=30, max_size=60))
def test_any_confidence_gives_a_band_within_zero_and_one(pairs: list[tuple[float, bool]]) -> None:
    rows = [
        answered(seq, "a", "a" if right else "b", probabilities={"a": confidence})
        for seq, (confidence, right) in enumerate(pairs)
    ]
    report = estimate(rows, rows, UNKNOWN, spec()).report
    assert report is not None
    assert 0.0 <= report.low <= report.value <= report.high <= 1.0
