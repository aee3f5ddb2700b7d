from __future__ import annotations

from dataclasses import replace

import pytest

from monitoring.rules import (
    ACCURACY_DEGRADED,
    INPUT_DRIFT,
    LABELS_MISSING,
    NEW_CATEGORIES,
    PREDICTION_DRIFT,
    judge_inputs,
    judge_labels,
)
from tests.unit.monitoring.building import champion, drifted, report, spec, window


def _rules(judgement: object) -> list[str]:
    return [breach.rule for breach in judgement.breaches]  # type: ignore[attr-defined]  # a Judgement


@pytest.mark.parametrize(
    ("value", "half", "breached", "why"),
    [
        (0.90, 0.03, False, "as accepted"),
        (0.85, 0.03, False, "worse, but the interval reaches the limit of 0.87"),
        (0.83, 0.03, True, "the whole interval is below the limit"),
        (0.97, 0.03, False, "better than accepted"),
    ],
)
def test_accuracy_is_judged_by_its_whole_interval(value: float, half: float, breached: bool, why: str) -> None:
    judged = judge_labels(window(performance=report(value, half=half)), champion(), spec(), labelled=500)
    assert (_rules(judged) == [ACCURACY_DEGRADED]) is breached, why


def test_mae_is_judged_in_the_other_direction() -> None:
    regression, accepted = spec("regression"), champion(accepted=1.0)
    for value, breached in ((0.5, False), (1.04, False), (1.2, True)):
        found = judge_labels(
            window(performance=report(value, metric="mae", half=0.05)), accepted, regression, labelled=500
        )
        assert bool(found.breaches) is breached


@pytest.mark.parametrize(
    ("value", "named", "why"),
    [
        (0.83, 1, "its whole interval is below the limit, and no further"),
        (0.78, 2, "and below twice the tolerance, which a standing alert is told again for"),
        (0.50, 4, "0.87, 0.84, 0.78 and 0.66 are passed, 0.42 is not"),
    ],
)
def test_a_loss_names_how_deep_it_is_for_sure(value: float, named: int, why: str) -> None:
    (breach,) = judge_labels(window(performance=report(value)), champion(), spec(), labelled=500).breaches
    assert len(breach.named) == named, why
    assert breach.named[0] == "accuracy below 0.87"


def test_the_message_says_who_saw_it_and_the_evidence_how_far() -> None:
    measured = window(performance=report(0.83))
    (breach,) = judge_labels(measured, champion(), spec(), labelled=500).breaches
    assert breach.severity == "critical"
    assert breach.message.endswith("Seen by the window's whole interval.")
    assert breach.evidence["last_seq"] == measured.last_seq
    assert breach.evidence["limit"] == pytest.approx(0.87)


@pytest.mark.parametrize(
    ("value", "alarmed_seq", "cleared", "why"),
    [
        (0.90, 0, True, "no alert stands"),
        (0.90, 499, True, "the alert was broken by a label within it, and all is well over the whole window"),
        (0.90, 500, False, "it ends where the alert was last broken"),
        (0.90, 700, False, "it is older than the trouble"),
        (0.86, 0, False, "in doubt"),
    ],
)
def test_a_window_clears_an_alert_that_it_knows_of(value: float, alarmed_seq: int, cleared: bool, why: str) -> None:
    found = judge_labels(window(performance=report(value)), champion(), spec(), labelled=500, alarmed_seq=alarmed_seq)
    assert not found.breaches
    assert (ACCURACY_DEGRADED in found.judged) is cleared, why


def test_a_window_of_another_version_says_nothing_about_the_champion() -> None:
    bad = window(performance=report(0.5), versions=(1, 2))
    found = judge_labels(bad, champion(version=2), spec(), labelled=500)
    assert not found.breaches
    assert ACCURACY_DEGRADED not in found.judged


def test_without_figures_there_is_neither_breach_nor_all_clear() -> None:
    found = judge_labels(window(), champion(), spec(), labelled=300)
    assert not found.breaches
    assert found.judged == {LABELS_MISSING}
    assert judge_inputs(window(), spec()).judged == frozenset()


@pytest.mark.parametrize(("labelled", "breached"), [(249, True), (250, False)])
def test_missing_labels_are_a_breach_of_their_own(labelled: int, breached: bool) -> None:
    found = judge_labels(window(), champion(), spec(), labelled=labelled)
    assert (_rules(found) == [LABELS_MISSING]) is breached


def test_input_drift_needs_the_share_of_columns_from_the_model_file() -> None:
    two_of_ten = window(drift=drifted([True] * 2 + [False] * 8))
    three_of_ten = window(drift=drifted([True] * 3 + [False] * 7))
    asked = spec(monitoring={"drift_effect": 0.3})  # no column moved so far that it is an alert by itself
    assert _rules(judge_inputs(two_of_ten, asked)) == []
    assert _rules(judge_inputs(three_of_ten, asked)) == [INPUT_DRIFT]
    strict = spec(monitoring={"drift_share": 0.0})
    assert _rules(judge_inputs(window(drift=drifted([False] * 4)), strict)) == []


@pytest.mark.parametrize(
    ("effect", "weight", "breached", "why"),
    [
        (0.16, 1.0, True, "half a standard deviation in a column that is used"),
        (0.14, 1.0, False, "drifted, but not by half as much again as the least effect"),
        (0.9, 0.4, False, "moved far, but the model hardly looks at it"),
    ],
)
def test_one_column_is_an_alert_when_it_moved_far_and_is_used(
    effect: float, weight: float, breached: bool, why: str
) -> None:
    report = drifted([True] + [False] * 49)
    moved = replace(report.columns[0], effect=effect, weight=weight)
    found = judge_inputs(window(drift=replace(report, columns=(moved, *report.columns[1:]))), spec())
    assert (_rules(found) == [INPUT_DRIFT]) is breached, why
    assert all("c0 alone moved enough" in breach.message for breach in found.breaches)


def test_drift_of_answers_and_new_categories_are_named_apart() -> None:
    found = judge_inputs(window(drift=drifted([False] * 4, prediction=True, unknown=6)), spec())
    assert [(breach.rule, breach.severity) for breach in found.breaches] == [
        (PREDICTION_DRIFT, "info"),
        (NEW_CATEGORIES, "warning"),
    ]
    few = judge_inputs(window(drift=drifted([False] * 4, unknown=5)), spec())
    assert not few.breaches


def test_a_report_without_judged_columns_clears_no_alert() -> None:
    empty = replace(drifted([]), columns=())
    assert judge_inputs(window(drift=empty), spec()).judged == {NEW_CATEGORIES}
