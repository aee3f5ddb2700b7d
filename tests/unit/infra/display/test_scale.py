"""Ticks: round, within the frame, never too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infra.display.scale import Scale, time_label, time_ticks, value_ticks

START = datetime(2025, 11, 3, 7, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "first", "why"),
    [
        (timedelta(minutes=40), "07:45", "quarters of an hour within an hour"),
        (timedelta(days=10), "4 Nov", "whole days within weeks"),
        (timedelta(days=300), "Jan 2026", "every second month within a year"),
        (timedelta(days=4000), "Jan 2026", "years within a decade"),
    ],
)
def test_ticks_fit_the_span(span: timedelta, first: str, why: str) -> None:
    ticks = time_ticks(START, START + span, 8)
    assert time_label(ticks[0], ticks) == first, why


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60 * 60 * 24 * 365 * 80), st.integers(4, 10))
def test_time_ticks_are_few_and_within(seconds: int, most: int) -> None:
    end = START + timedelta(seconds=seconds)
    ticks = time_ticks(START, end, most)
    assert len(ticks) <= most
    assert all(START <= tick <= end for tick in ticks)


@settings(max_examples=60, deadline=None)
@example(0.0, 5e-324)
@example(1e9, 1e-7)
@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_value_ticks_are_few(low: float, width: float) -> None:
    assert len(value_ticks(low, low + width, 5)) in range(1, 8)


def test_a_scale_without_width_gives_the_middle() -> None:
    assert Scale(low=3, high=3, start=0, end=10).place(3) == 5
