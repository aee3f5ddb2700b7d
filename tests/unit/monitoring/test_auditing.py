"""Complaints only: a wrong answer gets its label far more often than a right one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from infra.domain.labelling import Audit
from infra.domain.predictions import Answered, Label
from monitoring.auditing import audited_accuracy, corrected_performance
from monitoring.one_sided import bias_of
from monitoring.performance import performance
from tests.unit.monitoring.building import START, answered, spec

ASKED_AT = START + timedelta(days=40)
TRUE_ACCURACY = 0.921


def world(
    rows: int, seed: int, *, complaints: bool = True, audited: float = 0.02, asked_first: bool = False
) -> tuple[list[Answered], dict[str, Audit]]:
    """Rows of a model that is right in 92.1 %: a label reaches half of the wrong answers and 8 % of the right ones
    (or 10 % of all). A random slice was asked for, before any label came or of the rows without one."""
    rng = np.random.default_rng(seed)
    found, audits = [], {}
    for seq in range(1, rows + 1):
        wrong = rng.random() >= TRUE_ACCURACY
        answer = "good" if rng.random() < 0.9 else "bad"
        truth = {"good": "bad", "bad": "good"}[answer] if wrong else answer
        told = rng.random() < ((0.5 if wrong else 0.0783) if complaints else 0.10)
        asked = rng.random() < audited and (asked_first or not told)
        row = answered(seq, answer, truth if told or asked else None)
        if asked:
            audits[f"p{seq}"] = Audit(model="m", prediction_id=f"p{seq}", asked_at=ASKED_AT, random=True)
        if row.label is not None and (asked or asked_first):
            row = replace(row, label=replace(row.label, time=ASKED_AT + timedelta(hours=1)))
        found.append(row)
    return found, audits


def naive(rows: Sequence[Answered], audits: Mapping[str, Audit]) -> float:
    own = [row for row in rows if row.label is not None and row.prediction.id not in audits]
    return float(np.mean([row.label is not None and row.label.value == row.prediction.value for row in own]))


@pytest.mark.parametrize("asked_first", [True, False])
def test_a_random_audit_of_two_percent_finds_the_accuracy_that_complaints_hide(asked_first: bool) -> None:
    naives, estimates, covered = [], [], 0
    for seed in range(10):
        rows, audits = world(8_000, seed, asked_first=asked_first)
        found = audited_accuracy(rows, audits, spec(monitoring={"alpha": 0.05}))
        assert found is not None
        naives.append(naive(rows, audits))
        estimates.append(found.value)
        covered += found.low <= TRUE_ACCURACY <= found.high
    assert float(np.mean(naives)) == pytest.approx(0.646, abs=0.02)
    assert float(np.mean(estimates)) == pytest.approx(TRUE_ACCURACY, abs=0.015)
    assert covered >= 8


def test_complaints_are_recognised_against_the_audit_and_the_figure_is_reweighted() -> None:
    rows, audits = world(8_000, 1)
    bias = bias_of(rows, audits, spec())
    assert "contradict the answer" in bias
    report = performance(rows, spec()).report
    assert report is not None
    fair = corrected_performance(report, rows, audits, bias, spec())
    assert abs(fair.value - TRUE_ACCURACY) < 0.04 < abs(report.value - TRUE_ACCURACY)
    assert fair.low <= fair.value <= fair.high
    assert (fair.biased, fair.others) == ("", report.others)
    assert f"on all labels it is {report.value:.4g}" in fair.note


def test_with_too_small_an_audit_the_figure_is_marked() -> None:
    rows, audits = world(1_000, 1, audited=0.01)
    report = performance(rows, spec()).report
    assert report is not None
    marked = corrected_performance(report, rows, audits, "only complaints", spec())
    assert marked == replace(report, biased="only complaints")


def test_labels_that_stand_for_all_rows_are_left_alone() -> None:
    flagged = [seed for seed in range(20) if bias_of(*world(3_000, seed, complaints=False), spec())]
    assert flagged == []
    rows, audits = world(3_000, 1, complaints=False)
    report = performance(rows, spec()).report
    assert report is not None
    assert corrected_performance(report, rows, audits, "", spec()) is report


def test_labels_known_before_anybody_asked_stand_for_themselves() -> None:
    rows = [answered(seq, "a", "b" if seq <= 50 else None) for seq in range(1, 101)]
    later = Label(model="m", prediction_id="", value="a", time=ASKED_AT)
    rows = [row if row.label else replace(row, label=replace(later, prediction_id=row.prediction.id)) for row in rows]
    audits = {
        f"p{seq}": Audit(model="m", prediction_id=f"p{seq}", asked_at=ASKED_AT, random=True) for seq in range(51, 101)
    }
    found = audited_accuracy(rows, audits, spec())
    assert found is not None
    assert (found.value, found.known, found.audited) == (0.5, 50, 50)


def test_rows_that_were_picked_and_not_drawn_are_no_audit() -> None:
    rows, audits = world(3_000, 1)
    picked = {name: replace(audit, random=False) for name, audit in audits.items()}
    assert audited_accuracy(rows, picked, spec()) is None


def test_a_regression_is_corrected_in_its_own_unit() -> None:
    rng = np.random.default_rng(0)
    rows, audits = [], {}
    for seq in range(1, 2_001):
        error = float(rng.exponential(1.0))
        asked, told = rng.random() < 0.1, error > 2.0
        row = answered(seq, 10.0, 10.0 + error if asked or told else None)
        if asked:
            audits[f"p{seq}"] = Audit(model="m", prediction_id=f"p{seq}", asked_at=ASKED_AT, random=True)
        rows.append(row)
    found = audited_accuracy(rows, audits, spec("regression"))
    assert found is not None
    report = performance(rows, spec("regression")).report
    assert report is not None
    assert report.value > 2.0, "only large errors were told"
    assert "mean error" in bias_of(rows, audits, spec("regression"))
