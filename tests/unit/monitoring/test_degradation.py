from __future__ import annotations

from monitoring.degradation import degradation_alarm
from tests.unit.monitoring.building import answered, champion, many, spec


def test_it_goes_on_where_the_earlier_rows_left_off() -> None:
    earlier, rows = many(right=20, wrong=10), many(right=0, wrong=8)
    assert not degradation_alarm([], rows, champion(), spec()).alarmed
    assert degradation_alarm(earlier, rows, champion(), spec()).alarms == (3,)  # 13 in a row


def test_an_alarm_of_the_earlier_rows_is_not_told_again() -> None:
    alarm = degradation_alarm(many(right=0, wrong=40), many(right=30, wrong=3), champion(), spec())
    assert alarm.alarms == ()
    assert alarm.labels == 33


def test_answers_of_another_version_and_unlabelled_ones_are_passed_over() -> None:
    foreign = [answered(seq, "a", "b", version=7) for seq in range(50)]
    silent = [answered(seq, "a", None) for seq in range(50)]
    assert degradation_alarm(foreign, silent + foreign, champion(), spec()).labels == 0


def test_regression_is_watched_against_the_accepted_mae() -> None:
    good = [answered(seq, 1.0, 1.5) for seq in range(500)]
    bad = [answered(seq, 1.0, 3.0) for seq in range(500)]
    accepted, regression = champion(accepted=0.5), spec("regression")
    assert not degradation_alarm([], good, accepted, regression).alarmed
    assert degradation_alarm(good, bad, accepted, regression).alarmed
