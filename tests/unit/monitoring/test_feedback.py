from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.domain.labelling import Audit
from infra.domain.predictions import Answered, Label
from infra.domain.windows import FeedbackReport
from monitoring.feedback import (
    LABELS_BIASED,
    LABELS_LATE,
    LABELS_SUSPECT,
    NEW_CLASSES,
    expected_delay,
    feedback_report,
    judge_arrival,
    judge_classes,
    judge_feedback,
)
from tests.unit.monitoring.building import START, answered, many, spec, window
from tests.unit.monitoring.streams_of_labels import joined


def told_after(row: Answered, hours: float, source: str = "api") -> Answered:
    assert row.label is not None
    return replace(row, label=replace(row.label, time=row.prediction.time + timedelta(hours=hours), source=source))


def correction(name: str) -> tuple[Label, Label]:
    label = Label(model="m", prediction_id=name, value="a", time=START)
    return label, replace(label, value="b")


def report(**known: object) -> FeedbackReport:
    given: dict[str, object] = {
        "labelled": 100,
        "delay_median_seconds": 60.0,
        "delay_p90_seconds": 90.0,
        "disagreements": 0,
        "sources": {"api": 100},
    }
    return FeedbackReport(**{**given, **known})  # type: ignore[arg-type]  # a test names only what it is about


def test_delays_sources_and_disagreements_are_counted() -> None:
    rows = [told_after(answered(seq, "a", "a"), seq, "bench" if seq > 8 else "api") for seq in range(1, 11)]
    rows.append(answered(11, "a", None))
    audits = {"p1": Audit(model="m", prediction_id="p1", asked_at=START, random=True)}
    found = feedback_report(rows, [correction("p1"), correction("elsewhere")], audits, held_back={"p2", "p11"})
    assert (found.labelled, found.disagreements, found.audited, found.quarantined) == (10, 1, 1, 1)
    assert found.delay_median_seconds == pytest.approx(5.5 * 3600)
    assert found.delay_p90_seconds == pytest.approx(9.1 * 3600)
    assert found.sources == {"api": 8, "bench": 2}


def test_without_labels_the_delay_is_unknown_and_not_zero() -> None:
    found = feedback_report(many(0, 0, 5), [], {})
    assert (found.labelled, found.delay_median_seconds, found.delay_p90_seconds) == (0, None, None)


def test_one_sided_labels_break_a_rule_until_an_audit_mends_them() -> None:
    heard = replace(window(), feedback=report(one_sided="only complaints", audited=5))
    (breach,) = judge_feedback(heard, spec(), known_error=None).breaches
    assert (breach.rule, breach.severity) == (LABELS_BIASED, "warning")
    assert "only complaints" in breach.message
    mended = replace(window(), feedback=report(one_sided="only complaints", audited=30))
    assert judge_feedback(mended, spec(), known_error=None).breaches == ()


@pytest.mark.parametrize(("suspects", "broken"), [(12, False), (30, True)])
def test_more_suspects_than_errors_break_a_rule(suspects: int, broken: bool) -> None:
    judgement = judge_feedback(replace(window(), feedback=report(suspects=suspects)), spec(), known_error=0.1)
    assert LABELS_SUSPECT in judgement.judged
    assert [breach.severity for breach in judgement.breaches] == (["info"] if broken else [])


def test_too_few_labels_are_not_judged() -> None:
    heard = replace(window(), feedback=report(labelled=29, one_sided="odd"))
    assert judge_feedback(heard, spec(), known_error=0.1).judged == frozenset()
    assert judge_feedback(window(), spec(), known_error=0.1).judged == frozenset()


@pytest.mark.parametrize(
    ("expected_minutes", "broken"),
    [(60, False), (41, False), (39, True)],
)
def test_labels_are_late_when_half_of_them_take_much_longer_than_agreed(expected_minutes: int, broken: bool) -> None:
    stream = [joined(place, "a", "a") for place in range(1, 41)]
    judgement = judge_arrival("m", stream, spec(), expected=timedelta(minutes=expected_minutes))
    assert judgement.judged == {LABELS_LATE}
    assert bool(judgement.breaches) is broken


def test_corrections_and_few_labels_say_nothing_about_delay() -> None:
    corrected = [joined(place, "a", "b", first=False) for place in range(1, 41)]
    assert judge_arrival("m", corrected, spec(), expected=timedelta(minutes=1)).judged == frozenset()
    few = [joined(place, "a", "a") for place in range(1, 30)]
    assert judge_arrival("m", few, spec(), expected=timedelta(minutes=1)).judged == frozenset()


def test_a_delay_in_rows_lasts_as_long_as_so_many_rows_take() -> None:
    rows = many(11, 0)
    assert expected_delay(rows, spec(labels={"expected_delay": "2h"})) == timedelta(hours=2)
    assert expected_delay(rows, spec(labels={"expected_delay": "90 rows"})) == timedelta(minutes=90)
    assert expected_delay(rows[:1], spec(labels={"expected_delay": "90 rows"})) is None


def known_classes(row: Answered) -> Answered:
    return replace(row, prediction=replace(row.prediction, probabilities={"a": 0.9, "b": 0.1}))


@pytest.mark.parametrize(("new", "severity"), [(1, "info"), (2, "warning"), (50, "warning")])
def test_labels_of_classes_that_no_answer_could_be_are_told(new: int, severity: str) -> None:
    rows = [known_classes(answered(seq, "a", "scratch" if seq <= new else "b")) for seq in range(1, 201)]
    (breach,) = judge_classes(window(), rows).breaches
    assert (breach.rule, breach.severity) == (NEW_CLASSES, severity)
    assert breach.evidence["labels"] == new
    assert f"scratch ({new})" in breach.message


def test_known_classes_are_an_all_clear_and_answers_without_probabilities_none() -> None:
    rows = [answered(seq, "a", "b") for seq in range(1, 41)]
    known = judge_classes(window(), [known_classes(row) for row in rows])
    assert (known.breaches, known.judged) == ((), frozenset({NEW_CLASSES}))
    assert judge_classes(window(), rows).judged == frozenset()
