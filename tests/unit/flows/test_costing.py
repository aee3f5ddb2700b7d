from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.costing import Meter, StageSeconds, month_of, price, price_labels
from tests.builders import START, spec

PRICED = spec(
    costs={"cpu_hour": 0.36, "gpu_hour": 7.2, "currency": "EUR"}, labels={"cost_each": 0.25}, cost_center="presses"
)
seconds = st.floats(0.0, 1e6)


@settings(max_examples=50, deadline=None)
@given(cpu=st.lists(seconds, max_size=6), gpu=st.lists(seconds, max_size=3))
def test_entries_sum_to_seconds_times_rates(cpu: list[float], gpu: list[float]) -> None:
    stages = [StageSeconds(stage="train", cpu_seconds=one, wall_seconds=2 * one) for one in cpu]
    stages += [StageSeconds(stage="train", cpu_seconds=0.0, wall_seconds=0.0, gpu_seconds=one) for one in gpu]
    entries = price(stages, PRICED, run_id="r", at=START)
    assert sum(entry.amount for entry in entries) == pytest.approx(sum(cpu) * 0.0001 + sum(gpu) * 0.002)
    assert all(entry.amount == pytest.approx(entry.quantity * entry.rate) for entry in entries)
    assert len({entry.id for entry in entries}) == len(entries)


def test_an_entry_says_who_pays_for_what_and_when() -> None:
    (entry,) = price([StageSeconds(stage="evaluate", cpu_seconds=2.0, wall_seconds=3.0)], PRICED, run_id="r", at=START)
    assert (entry.stage, entry.unit, entry.quantity, entry.wall_seconds) == ("evaluate", "cpu_second", 2.0, 3.0)
    assert (entry.cost_center, entry.currency, entry.run_id, entry.at) == ("presses", "EUR", "r", START)


def test_a_stage_that_fails_is_still_counted() -> None:
    meter = Meter()
    with pytest.raises(ZeroDivisionError), meter.stage("train"):
        divmod(sum(range(200_000)), 0)
    assert [one.stage for one in meter.stages] == ["train"]
    assert meter.cpu_seconds("train") > 0.0


def test_cpu_seconds_are_summed_over_the_named_stages_or_all() -> None:
    meter = Meter()
    meter.stages += [StageSeconds(stage="train", cpu_seconds=2.0, wall_seconds=2.0) for _ in range(2)]
    meter.stages += [StageSeconds(stage="evaluate", cpu_seconds=1.0, wall_seconds=2.0)]
    meter.gpu("train", 9.0)
    assert (meter.cpu_seconds("train"), meter.cpu_seconds()) == (4.0, 5.0)


def test_labels_cost_what_the_model_file_says_and_nothing_without_a_price() -> None:
    (entry,) = price_labels(8, PRICED, run_id="r", at=START)
    assert (entry.amount, entry.unit, entry.quantity) == (2.0, "label", 8.0)
    assert price_labels(8, spec(), run_id="r", at=START) == []
    assert price_labels(0, PRICED, run_id="r", at=START) == []


@settings(max_examples=100, deadline=None)
@given(
    at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is drawn beside it
    hours=st.integers(-12, 14),
)
def test_a_moment_lies_in_its_month_and_months_meet(at: datetime, hours: int) -> None:
    moment = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    first, following = month_of(moment)
    assert first <= moment < following
    assert (first.tzinfo, first.day, following.day) == (UTC, 1, 1)
    assert month_of(following)[0] == following
    assert month_of(following - timedelta(microseconds=1))[0] == first
