"""Event times are read right, or refused with the rows and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import DataError
from tests.unit.infra.history.reading import DAYS, ISO_DAYS, ROWS, csv_text, read


@pytest.mark.parametrize(
    ("form", "more"),
    [
        ("%Y-%m-%d", ""),
        ("%Y/%m/%d", ""),
        ("%Y-%m-%d %H:%M", ""),
        ("%Y-%m-%dT%H:%M:%S.%fZ", ""),
        ("%Y-%m-%dT%H:%M:%SZ", "time_format: ISO8601"),
        ("%Y-%m-%d %H:%M:%S+00:00", ""),
        ("%d/%m/%Y %H:%M", ""),
        ("%m/%d/%Y %I:%M %p", ""),
        ("%d.%m.%Y", ""),
        ("%d-%b-%Y", ""),
        ("%a %d %B %Y %H:%M:%S", ""),
        ("%Y%m%d", ""),
        ("%d/%m/%y", "time_format: '%d/%m/%y'"),
    ],
)
def test_usual_forms_are_read(tmp_path: Path, form: str, more: str) -> None:
    history = read(tmp_path, csv_text(t=[day.strftime(form) for day in DAYS]), more=more)
    assert history.times == DAYS


@pytest.mark.parametrize(("unit", "factor"), [("s", 1), ("ms", 1_000), ("us", 1_000_000), ("ns", 1_000_000_000)])
def test_a_count_since_1970_is_read_with_its_unit(tmp_path: Path, unit: str, factor: int) -> None:
    history = read(tmp_path, csv_text(t=[int(day.timestamp()) * factor for day in DAYS]))
    assert history.times == DAYS
    assert f"read as {unit} since 1970" in history.notes[0]


def test_an_offset_is_honoured(tmp_path: Path) -> None:
    history = read(tmp_path, csv_text(t=[f"{day}T00:30+05:30" for day in ISO_DAYS]))
    assert history.times[0] == datetime(2023, 12, 31, 19, 0, tzinfo=UTC)


def test_one_first_number_above_twelve_makes_the_whole_column_day_first(tmp_path: Path) -> None:
    days = ["01/02/2024"] * (ROWS - 1) + ["13/02/2024"]
    history = read(tmp_path, csv_text(t=days))
    assert (history.times[0].day, history.times[0].month) == (1, 2)
    assert "day/month/year" in history.notes[0]


def test_one_second_number_above_twelve_makes_the_whole_column_month_first(tmp_path: Path) -> None:
    history = read(tmp_path, csv_text(t=["01/02/2024"] * (ROWS - 1) + ["02/13/2024"]))
    assert (history.times[0].day, history.times[0].month) == (2, 1)


def test_a_column_that_mixes_both_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mixes day/month and month/day \(line 2: '13/01/2024', line 32: '01/13/2024'"):
        read(tmp_path, csv_text(t=["13/01/2024"] * 30 + ["01/13/2024"] * 30))


def test_an_ambiguous_column_is_refused_with_both_readings(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, csv_text(t=["03/04/2024 10:00", "01/02/2024 11:00"] * 30))
    assert "03 April 2024 (day/month/year) or 04 March 2024 (month/day/year)" in str(caught.value)
    assert "`%d/%m/%Y %H:%M` or `%m/%d/%Y %H:%M`" in str(caught.value)


def test_an_order_that_only_one_reading_keeps_decides(tmp_path: Path) -> None:
    dates = [f"{month:02}/{day:02}/2024" for month in range(1, 6) for day in range(1, 13)]
    history = read(tmp_path, csv_text(t=dates))
    assert history.times[1] == datetime(2024, 1, 2, tzinfo=UTC)
    assert "only so do the rows stand in order" in history.notes[0]


def test_time_format_settles_what_is_ambiguous(tmp_path: Path) -> None:
    history = read(tmp_path, csv_text(t=["03/04/2024"] * ROWS), more="time_format: '%m/%d/%Y'")
    assert history.times[0] == datetime(2024, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "more", "words"),
    [
        ([*ISO_DAYS[:-1], "soon"], "", r"not a time that can be read in 1 of 60 rows \(line 61: 'soon'\)"),
        ([*ISO_DAYS[:-1], "2024-02-31"], "", r"not a moment in any calendar in 1 of 60 rows \(line 61: '2024-02-31'\)"),
        ([*ISO_DAYS[:-1], "2024-02-03 25:00"], "", r"not a moment in any calendar"),
        ([*ISO_DAYS[:-1], ""], "", r"has no value in 1 of 60 rows \(line 61: nothing\)"),
        (["01/01/24"] * ROWS, "", r"line 2: '01/01/24'.*and 55 more\): .*data.time_format"),
        (range(ROWS), "", r"not seconds since 1970 throughout"),
        (["20241301"] * ROWS, "", r"not a date of the form `%Y%m%d`"),
        ([*(f"{day}Z" for day in ISO_DAYS[:-1]), "2024-02-29"], "", r"not a time that can be read"),
        ([*(f"{day}T00:00Z" for day in ISO_DAYS[:-1]), "2024-02-29"], "", r"with and without a time zone"),
        (ISO_DAYS, "time_format: '%Y'", r"does not have the form `%Y`"),
        (ISO_DAYS, "time_format: '%Q'", r"`%Q` is not a strptime form"),
    ],
)
def test_unreadable_times_are_refused_with_their_rows(
    tmp_path: Path, times: list[object], more: str, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path, csv_text(t=times), more=more)


def test_local_times_count_in_their_zone_and_clock_changes_are_noted(tmp_path: Path) -> None:
    local = pd.date_range("2024-03-31 00:30", periods=ROWS // 2, freq="h").append(
        pd.date_range("2024-10-27 00:30", periods=ROWS // 2, freq="h")
    )
    history = read(tmp_path, csv_text(t=local.strftime("%Y-%m-%d %H:%M")), more="time_zone: Europe/Rome")
    assert history.times[0] == datetime(2024, 3, 30, 23, 30, tzinfo=UTC)
    assert history.times[2] == datetime(2024, 3, 31, 1, 0, tzinfo=UTC)  # 02:30 did not exist: the moment of the jump
    assert history.times[32] == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)  # 02:30 happened twice: the first
    assert "1 local times do not exist" in history.notes[0]
    assert "1 local times happened twice" in history.notes[1]


def test_rows_out_of_order_are_sorted_stably_and_noted(tmp_path: Path) -> None:
    times = [*ISO_DAYS[1:], ISO_DAYS[1]]
    history = read(tmp_path, csv_text(t=times, x=[row * 2 for row in range(ROWS)]))
    assert list(history.frame["x"][:3]) == [0.0, 118.0, 2.0]
    assert any("time falls 1 times" in note for note in history.notes)
    assert any("1 rows have the time of an earlier row" in note for note in history.notes)


def test_without_a_time_column_file_order_is_time_order(tmp_path: Path) -> None:
    history = read(tmp_path, csv_text(), time=None)
    assert (history.times[0], history.times[1]) == (
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(2000, 1, 1, 0, 1, tzinfo=UTC),
    )
    assert "no data.time: file order is time order, a row every 1m" in history.notes[0]


def test_start_and_step_of_rows_without_times_can_be_told(tmp_path: Path) -> None:
    more = "time_start: 1996-05-07\ntime_step: 30m\ntime_zone: Europe/Rome"
    history = read(tmp_path, csv_text(), time=None, more=more)
    assert history.times[:2] == [datetime(1996, 5, 6, 22, 0, tzinfo=UTC), datetime(1996, 5, 6, 22, 30, tzinfo=UTC)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**16), min_size=ROWS, max_size=ROWS))
def test_any_order_of_moments_comes_out_rising(
    tmp_path_factory: pytest.TempPathFactory, microseconds: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("order")
    moments = [datetime(1971, 1, 1, tzinfo=UTC) + timedelta(microseconds=count) for count in microseconds]
    history = read(folder, csv_text(t=[moment.isoformat() for moment in moments]))
    assert history.times == sorted(moments)
