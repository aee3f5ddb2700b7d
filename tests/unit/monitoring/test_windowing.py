from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.windowing import TimeBounds, labels_due, next_row_window, next_time_bounds, window_of
from tests.unit.monitoring.building import START, answered, spec, window

HOUR = timedelta(hours=1)


def test_a_row_window_waits_until_it_is_full() -> None:
    rows = [answered(seq, "a", None) for seq in range(1, 8)]
    assert next_row_window(rows[:4], 5) is None
    full = next_row_window(rows, 5)
    assert full is not None
    assert [row.seq for row in full] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("after", "earliest", "now", "expected", "why"),
    [
        (None, None, 5.0, None, "nothing arrived"),
        (None, 0.5, 0.9, None, "the first hour is not over"),
        (None, 0.5, 1.0, (0.0, 1.0, 0), "closed at its very end"),
        (1.0, 1.2, 2.5, (1.0, 2.0, 0), "the next one"),
        (1.0, 0.9, 9.0, None, "what came late belongs to a window that is closed"),
        (1.0, 7.5, 8.0, (7.0, 8.0, 6), "a gap is stepped over and counted"),
        (1.0, 2.0, 3.0, (2.0, 3.0, 1), "a row on the border opens the next window"),
        (1.25, 1.5, 2.25, (1.25, 2.25, 0), "after a change of length windows never overlap"),
    ],
)
def test_time_windows(
    after: float | None, earliest: float | None, now: float, expected: tuple[float, float, int] | None, why: str
) -> None:
    def at(hour: float) -> datetime:
        return START + timedelta(hours=hour)

    bounds = next_time_bounds(
        HOUR,
        after=None if after is None else at(after),
        earliest=None if earliest is None else at(earliest),
        now=at(now),
    )
    wanted = None if expected is None else TimeBounds(start=at(expected[0]), end=at(expected[1]), skipped=expected[2])
    assert bounds == wanted, why


def test_weeks_start_on_monday_and_days_at_midnight_utc() -> None:
    friday = datetime(2024, 3, 15, 13, tzinfo=UTC)
    now = friday + timedelta(days=30)
    week = next_time_bounds(timedelta(weeks=1), after=None, earliest=friday, now=now)
    day = next_time_bounds(timedelta(days=1), after=None, earliest=friday, now=now)
    assert week is not None
    assert day is not None
    assert (week.start, day.start) == (datetime(2024, 3, 11, tzinfo=UTC), datetime(2024, 3, 15, tzinfo=UTC))


@settings(max_examples=40, deadline=None)
@given(minutes=st.lists(st.integers(0, 20_000), min_size=1, max_size=40), length=st.sampled_from([7, 60, 1440]))
def test_every_row_falls_in_exactly_one_time_window(minutes: list[int], length: int) -> None:
    times = sorted(START + timedelta(minutes=minute) for minute in minutes)
    now, after, seen, windows = times[-1] + timedelta(days=3), None, 0, 0
    while True:
        earliest = next((time for time in times if after is None or time >= after), None)
        bounds = next_time_bounds(timedelta(minutes=length), after=after, earliest=earliest, now=now)
        if bounds is None:
            break
        inside = sum(bounds.start <= time < bounds.end for time in times)
        assert inside > 0
        seen, windows, after = seen + inside, windows + 1, bounds.end
    assert seen == len(times)
    assert windows <= len(times)


def test_a_window_spans_its_rows_whatever_their_order_of_arrival() -> None:
    rows = [answered(4, "a", None, minute=9, version=2), answered(5, "a", None, minute=3)]
    made = window_of(rows, model="m", index=7)
    assert (made.first_seq, made.last_seq, made.rows, made.versions) == (4, 5, 2, (1, 2))
    assert (made.start, made.end) == (START + timedelta(minutes=3), START + timedelta(minutes=9))
    assert made.state == "provisional"


def test_a_window_after_a_gap_says_so() -> None:
    bounds = TimeBounds(start=START + 3 * HOUR, end=START + 4 * HOUR, skipped=3)
    made = window_of([answered(1, "a", None)], model="m", index=0, bounds=bounds)
    assert "no traffic from 2024-01-01T00:00:00+00:00 to 2024-01-01T03:00:00+00:00 (3 windows)" in made.note
    assert (made.start, made.end) == (bounds.start, bounds.end)


@pytest.mark.parametrize(("arrived", "due"), [(0, False), (499, False), (500, True)])
def test_labels_are_due_one_window_later_by_default(arrived: int, due: bool) -> None:
    assert labels_due(window(), spec(), now=START, arrived_after=arrived) is due


@pytest.mark.parametrize(("minutes", "due"), [(59, False), (60, True)])
def test_a_delay_in_time_runs_from_the_end_of_the_window(minutes: int, due: bool) -> None:
    delayed = spec(labels={"expected_delay": "1h"})
    now = window().end + timedelta(minutes=minutes)
    assert labels_due(window(), delayed, now=now, arrived_after=0) is due
