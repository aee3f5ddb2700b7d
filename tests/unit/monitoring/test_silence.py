from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.domain.alerts import Heartbeat
from monitoring.coverage import monitoring_coverage
from monitoring.silence import (
    MONITOR,
    MONITOR_FAILED,
    MONITOR_SILENT,
    NO_LABELS,
    NO_TRAFFIC,
    REFERENCE_OLD,
    SCHEDULE_STOPPED,
    Sounds,
    judge_heartbeat,
    judge_silence,
    usual_gap,
)
from tests.unit.monitoring.building import START, champion, spec, window

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TIMES = [START + minute * MINUTE for minute in range(60)]
END = TIMES[-1]


def sounds(**known: object) -> Sounds:
    given: dict[str, object] = {
        "times": TIMES,
        "spans": (),
        "last_label": END,
        "rows_since_label": 0,
        "champion": None,
        "rows_since_champion": 0,
    }
    return Sounds(**{**given, **known})  # type: ignore[arg-type]  # a test names only what it is about


def rules(heard: Sounds, after: timedelta, **sections: object) -> list[str]:
    judgement = judge_silence(heard, spec("classification", **sections), now=END + after)
    return [breach.rule for breach in judgement.breaches]


def test_traffic_that_stops_is_an_alarm_after_four_usual_gaps_and_never_within_minutes() -> None:
    assert rules(sounds(), 9 * MINUTE) == []
    assert rules(sounds(), 11 * MINUTE) == [NO_TRAFFIC]
    night = sounds(times=[*TIMES, END + 8 * HOUR, END + 9 * HOUR])
    assert rules(night, 9 * HOUR + 31 * HOUR) == []
    assert rules(night, 9 * HOUR + 33 * HOUR) == [NO_TRAFFIC]


def test_the_agreed_silence_counts_where_there_is_one() -> None:
    assert rules(sounds(), 2 * HOUR, alerts={"no_traffic": "3h"}) == []
    assert rules(sounds(times=TIMES[:2]), 4 * HOUR, alerts={"no_traffic": "3h"}) == [NO_TRAFFIC]


def test_a_gap_between_windows_is_usual_too() -> None:
    spans = [(START + 40 * HOUR, START + 41 * HOUR), (START, START + HOUR)]
    assert usual_gap(TIMES, spans) == 39 * HOUR
    assert usual_gap(TIMES[:29], spans) is None


def test_before_there_is_any_traffic_nothing_is_judged() -> None:
    assert judge_silence(sounds(times=[]), spec(), now=END).judged == frozenset()
    assert NO_TRAFFIC not in judge_silence(sounds(times=TIMES[:5]), spec(), now=END + HOUR).judged


@pytest.mark.parametrize(
    ("delay", "agreed", "rows", "hours", "broken"),
    [
        ("1h", None, 40, 2.9, False),
        ("1h", None, 40, 5.5, True),
        ("1h", None, 0, 50.0, False),
        ("10 rows", None, 40, 1.0, False),
        ("10 rows", None, 41, 1.0, True),
        ("1h", "2h", 40, 3.5, True),
        ("1h", "100 rows", 99, 50.0, False),
        ("1h", "100 rows", 101, 0.1, True),
    ],
)
def test_labels_that_stay_out_though_rows_wait_for_them(
    delay: str, agreed: str | None, rows: int, hours: float, broken: bool
) -> None:
    heard = sounds(rows_since_label=rows, last_label=START)
    sections = {"labels": {"expected_delay": delay}, "alerts": {"no_traffic": "1000h"}}
    if agreed is not None:
        sections["alerts"]["no_labels"] = agreed
    assert rules(heard, hours * HOUR, **sections) == ([NO_LABELS] if broken else [])


def test_labels_that_never_came_are_missed_from_the_first_row_on() -> None:
    heard = sounds(rows_since_label=60, last_label=None)
    assert rules(heard, 5 * HOUR, labels={"expected_delay": "1h"}, alerts={"no_traffic": "9h"}) == [NO_LABELS]


def test_a_reference_older_than_agreed() -> None:
    heard = sounds(champion=champion(), rows_since_champion=500)
    quiet: dict[str, object] = {"no_traffic": "9000h", "no_labels": "1000000 rows"}
    assert rules(heard, HOUR, alerts=quiet) == []
    assert rules(heard, 30 * HOUR, alerts={**quiet, "reference_age": "1d"}) == [REFERENCE_OLD]
    assert rules(heard, 3 * HOUR, alerts={**quiet, "reference_age": "1d"}) == []
    assert rules(heard, HOUR, alerts={**quiet, "reference_age": "499 rows"}) == [REFERENCE_OLD]


def test_a_schedule_that_stopped() -> None:
    planned = {"retraining": {"schedule": "0 3 * * *"}}
    assert rules(sounds(schedule_due=START), MINUTE, **planned) == [SCHEDULE_STOPPED]
    assert SCHEDULE_STOPPED in judge_silence(sounds(), spec("classification", **planned), now=END).judged
    assert SCHEDULE_STOPPED not in judge_silence(sounds(), spec(), now=END).judged


def beat(ok: bool = True, message: str = "") -> Heartbeat:
    return Heartbeat(name=MONITOR, model="m", at=END, ok=ok, message=message)


def test_a_monitor_that_is_silent_or_failed() -> None:
    def judged(heartbeat: Heartbeat, after: timedelta) -> list[str]:
        return [one.rule for one in judge_heartbeat(heartbeat, now=END + after, silent_after=10 * MINUTE).breaches]

    assert judged(beat(), 9 * MINUTE) == []
    assert judged(beat(), 11 * MINUTE) == [MONITOR_SILENT]
    assert judged(beat(ok=False, message="disk full"), MINUTE) == [MONITOR_FAILED]
    assert judged(beat(ok=False), 11 * MINUTE) == [MONITOR_SILENT]


def test_a_silent_monitor_says_nothing_about_whether_it_failed() -> None:
    judgement = judge_heartbeat(beat(), now=END + HOUR, silent_after=10 * MINUTE)
    assert judgement.judged == {MONITOR_SILENT}


def test_the_coverage_of_monitoring_is_a_number() -> None:
    windows = [
        replace(window(30), state="provisional"),
        window(29),
        replace(window(28), state="provisional"),
        replace(window(1), state="provisional"),
    ]
    found = monitoring_coverage(
        "m",
        ["m", "late", "never", "failed"],
        [beat(), replace(beat(), model="late", at=END - HOUR), replace(beat(ok=False), model="failed")],
        windows,
        now=END + MINUTE,
        silent_after=10 * MINUTE,
        due=lambda one: one.index < 30,
    )
    assert found.models == 0.25
    assert found.windows == pytest.approx(2 / 3), "the window of yesterday is not of the last 24 hours"
    assert found.last_look == END


def test_where_there_is_nothing_to_look_at_the_coverage_is_unknown() -> None:
    found = monitoring_coverage("m", [], [], [], now=END, silent_after=MINUTE, due=lambda _: True)
    assert (found.models, found.windows, found.last_look) == (None, None, None)
