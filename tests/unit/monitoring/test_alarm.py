from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.labelling import AlarmState, Joined
from monitoring.alarm import (
    Alarm,
    Raised,
    check_off,
    continue_alarm,
    follow,
    resume_alarm,
    rewind,
    start_alarm,
    state_of,
)
from monitoring.alarm_words import judge_disagreement, judge_raised
from tests.unit.monitoring.building import START, answered, champion, spec


def joined(place: int, wrong: bool, *, version: int = 1, first: bool = True) -> Joined:
    row = answered(place, "a", "b" if wrong else "a", version=version)
    assert row.label is not None
    return Joined(place=place, seq=row.seq, label=row.label, prediction=row.prediction, first=first)


def labels(flags: Sequence[bool], *, after: int = 0) -> list[Joined]:
    return [joined(after + place, wrong) for place, wrong in enumerate(flags, start=1)]


def fresh() -> Alarm:
    return start_alarm(champion(), spec(), place=0)


def test_the_alarm_says_at_which_label_it_was_raised_and_by_whom() -> None:
    alarm, raised = follow(fresh(), labels([False] * 20 + [True] * 12), spec())
    (one,) = raised
    assert (one.place, one.labels, one.prediction_id, one.by) == (30, 30, "p30", ("cusum",))
    assert one.at == START + timedelta(minutes=30)
    assert (alarm.now.place, alarm.now.labels) == (32, 32)


def test_only_first_labels_of_the_champions_own_answers_count() -> None:
    others = [joined(place, True, version=2) for place in range(1, 40)]
    corrections = [joined(place, True, first=False) for place in range(40, 80)]
    alarm, raised = follow(fresh(), [*others, *corrections], spec())
    assert raised == []
    assert (alarm.now.place, alarm.now.labels) == (79, 0)
    assert alarm.now.log_evidence == fresh().now.log_evidence


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_kept_and_resumed_anywhere_it_comes_to_the_same(seed: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    stream = labels((rng.random(300) < np.where(np.arange(300) < 150, 0.1, 0.5)).tolist())
    whole, all_raised = follow(fresh(), stream, spec())
    saved: AlarmState | None = None
    raised: list[Raised] = []
    for start, stop in pairwise([0, *sorted(cuts), 300]):
        alarm, more = follow(resume_alarm(saved, champion(), spec()), stream[start:stop], spec())
        saved, raised = state_of(alarm), raised + more
    assert resume_alarm(saved, champion(), spec()) == whole
    assert raised == all_raised


def test_another_promotion_begins_anew_after_the_same_label() -> None:
    alarm, _ = follow(fresh(), labels([True] * 5), spec())
    other = replace(champion(version=2), decision_id="another")
    for begun in (resume_alarm(state_of(alarm), other, spec()), continue_alarm(alarm, other, spec())):
        assert begun == start_alarm(other, spec(), place=5)
    assert continue_alarm(alarm, champion(), spec()) == alarm


def test_another_limit_makes_another_test() -> None:
    alarm, _ = follow(fresh(), labels([True] * 5), spec())
    strict = spec(monitoring={"tolerance": 0.01})
    for begun in (resume_alarm(state_of(alarm), champion(), strict), continue_alarm(alarm, champion(), strict)):
        assert begun == start_alarm(champion(), strict, place=5)


def test_the_monitor_can_go_back_to_where_it_was_last() -> None:
    stream = labels([True, False] * 10)
    alarm = check_off(follow(fresh(), stream[:8], spec())[0])
    later, _ = follow(alarm, stream[8:], spec())
    back = rewind(resume_alarm(state_of(later), champion(), spec()))
    assert back.now == alarm.now
    assert follow(back, stream[8:], spec())[0].now == later.now


def test_absolute_errors_are_scaled_by_the_accepted_one() -> None:
    regression, accepted = spec("regression"), champion(accepted=2.0)
    rows = [answered(place, 0.0, 5.0) for place in range(1, 41)]
    stream = [
        Joined(place=row.seq, seq=row.seq, label=row.label, prediction=row.prediction, first=True)
        for row in rows
        if row.label
    ]
    _, raised = follow(start_alarm(accepted, regression, place=0), stream, regression)
    assert raised
    _, none = follow(start_alarm(replace(accepted, accepted=5.0), regression, place=0), stream, regression)
    assert none == []


def test_the_breach_tells_the_last_labels_with_an_interval() -> None:
    stream = labels([False] * 20 + [True] * 10)
    _, (raised,) = follow(fresh(), stream, spec())
    (breach,) = judge_raised(raised, stream, champion(), spec(), last_seq=77).breaches
    assert (breach.rule, breach.severity, breach.dedup_key) == (
        "accuracy_degraded",
        "critical",
        "m:accuracy_degraded",
    )
    assert breach.evidence["accuracy"] == pytest.approx(20 / 30)
    assert breach.evidence["low"] < 20 / 30 < breach.evidence["high"]  # type: ignore[operator]  # numbers here
    wanted = {"labelled": 30, "labels_seen": 30, "seen_by": "cusum", "place": 30, "last_seq": 77, "version": 1}
    assert wanted.items() <= dict(breach.evidence).items()
    assert breach.evidence["limit"] == pytest.approx(0.87)
    assert "of its last 10 labelled answers 10 were wrong" in breach.message
    assert (breach.evidence["run"], breach.evidence["run_accuracy"]) == (10, 0.0)
    assert "accuracy was 0.6667" in breach.message


def test_what_began_before_the_labels_that_were_kept_is_told_of_all_of_them() -> None:
    stream = labels([True] * 30)
    _, (raised, *_) = follow(fresh(), stream, spec())
    (breach,) = judge_raised(raised, stream[: raised.place], champion(), spec(), last_seq=77).breaches
    assert "its accuracy is worse than 0.87 for longer than chance allows" in breach.message
    assert "run" not in breach.evidence


def test_a_run_of_large_errors_is_told_by_its_mean() -> None:
    regression, accepted = spec("regression"), champion(accepted=2.0)
    rows = [answered(place, 0.0, 1.0 if place <= 20 else 9.0) for place in range(1, 41)]
    stream = [
        Joined(place=row.seq, seq=row.seq, label=row.label, prediction=row.prediction, first=True)
        for row in rows
        if row.label
    ]
    _, (raised, *_) = follow(start_alarm(accepted, regression, place=0), stream, regression)
    (breach,) = judge_raised(raised, stream[: raised.place], accepted, regression, last_seq=77).breaches
    assert f"its last {raised.place - 20} labelled answers were off by 9 on average" in breach.message


def test_one_label_has_no_interval_and_says_none() -> None:
    raised = Raised(place=1, labels=1, prediction_id="p1", at=START, by=("cusum",))
    (breach,) = judge_raised(raised, labels([True]), champion(), spec(), last_seq=1).breaches
    assert "low" not in breach.evidence


def test_a_disagreement_names_both_sides() -> None:
    alarm, _ = follow(fresh(), labels([True, False]), spec())
    kept = replace(alarm.now, labels=1)
    (breach,) = judge_disagreement(kept, alarm.now, spec()).breaches
    assert breach.rule == "monitor_failed"
    assert {"place": 2, "labels_kept": 1, "labels_found": 2}.items() <= dict(breach.evidence).items()
