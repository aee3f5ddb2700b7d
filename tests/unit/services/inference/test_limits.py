from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.inference.limits import TokenBucket


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 120), st.lists(st.floats(0, 20), min_size=1, max_size=200))
def test_no_stretch_of_time_passes_more_than_a_full_bucket_and_its_rate(per_minute: int, pauses: list[float]) -> None:
    bucket, now, passed = TokenBucket(per_minute, now=0.0), 0.0, list[float]()
    for pause in pauses:
        now += pause
        if bucket.take(now) == 0:
            passed.append(now)
    for first in range(len(passed)):
        stretch = passed[-1] - passed[first]
        assert len(passed) - first <= per_minute + stretch * per_minute / 60 + 1e-6


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10_000), st.floats(0, 1e9))
def test_who_waits_as_told_passes(per_minute: int, start: float) -> None:
    bucket = TokenBucket(per_minute, now=start)
    while (wait_seconds := bucket.take(start)) == 0:
        pass
    assert 1 <= wait_seconds <= 60
    assert bucket.take(start + wait_seconds) == 0


def test_a_bucket_starts_full_and_unused_time_lapses() -> None:
    bucket = TokenBucket(3, now=0.0)
    assert [bucket.take(0.0) for _ in range(4)] == [0, 0, 0, 20]
    assert [bucket.take(3600.0) for _ in range(4)] == [0, 0, 0, 20]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = TokenBucket(1, now=100.0)
    assert [bucket.take(100.0), bucket.take(10.0), bucket.take(100.0)] == [0, 60, 60]


@pytest.mark.parametrize("per_minute", [0, -1])
def test_a_rate_that_lets_nothing_through_is_a_mistake(per_minute: int) -> None:
    with pytest.raises(ValueError, match="give at least 1"):
        TokenBucket(per_minute, now=0.0)
