from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.costing import Meter, StageSeconds, month_of, price, price_labels
from infra.domain.costs import amount_of
from infra.shared_clock import SharedClock
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
    assert amount_of(entries) == pytest.approx(sum(cpu) * 0.0001 + sum(gpu) * 0.002)
    assert all(entry.amount == pytest.approx(entry.quantity * (entry.rate or 0.0)) for entry in entries)
    assert len({entry.id for entry in entries}) == len(entries)
    assert price(stages, PRICED, run_id="r", at=START) == entries  # a reading written again is the same reading


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


def test_a_stage_within_a_stage_is_counted_once() -> None:
    meter, began = Meter(), time.process_time()
    with meter.stage("register"):
        sum(range(100_000))
        with meter.stage("train"):
            sum(range(100_000))
        sum(range(100_000))
    spent = time.process_time() - began
    assert [one.stage for one in meter.stages] == ["register", "train", "register"]
    assert 0 < meter.cpu_seconds("train") < meter.cpu_seconds() <= spent


def test_two_that_are_metered_at_once_are_charged_once_together() -> None:
    ticks = iter([0.0, 2.0, 6.0, 9.0])
    clock = SharedClock(lambda: next(ticks))
    one, other = Meter(clock=clock), Meter(clock=clock)
    with one.stage("monitor"), other.stage("monitor"):
        pass
    assert (one.cpu_seconds(), other.cpu_seconds()) == (7.0, 2.0)


def test_a_checkpoint_tells_the_stage_under_way_too() -> None:
    told: list[list[StageSeconds]] = []
    meter = Meter(keep=lambda stages: told.append(list(stages)))
    with meter.stage("prepare"):
        pass
    with meter.stage("train"):
        meter.checkpoint()
    meter.checkpoint()
    assert [[one.stage for one in stages] for stages in told] == [["prepare", "train"], ["prepare", "train"]]
    assert told[0][1].cpu_seconds <= told[1][1].cpu_seconds


def test_the_rate_is_that_of_the_day_and_of_none_is_unpriced() -> None:
    costs = {
        "cpu_hour": 3600.0,
        "gpu_hour": None,
        "rates": [{"from": "2024-01-02", "cpu_hour": 7200.0}, {"from": "2024-01-04", "cpu_hour": None}],
    }
    dated, stages = spec(costs=costs), [StageSeconds(stage="train", cpu_seconds=1.0, wall_seconds=1.0)]
    days = [START + timedelta(hours=hours) for hours in (0, 23.9, 24, 71.9, 72)]
    entries = [price(stages, dated, run_id=f"r{place}", at=day)[0] for place, day in enumerate(days)]
    assert [entry.amount for entry in entries] == [1.0, 1.0, 2.0, 2.0, None]
    assert [entry.is_unpriced for entry in entries] == [False, False, False, False, True]
    gpu = [StageSeconds(stage="train", cpu_seconds=0.0, wall_seconds=0.0, gpu_seconds=5.0)]
    assert price(gpu, dated, run_id="r", at=START)[0].is_unpriced


def test_cpu_seconds_are_summed_over_the_named_stages_or_all() -> None:
    meter = Meter()
    meter.stages += [StageSeconds(stage="train", cpu_seconds=2.0, wall_seconds=2.0) for _ in range(2)]
    meter.stages += [StageSeconds(stage="evaluate", cpu_seconds=1.0, wall_seconds=2.0)]
    meter.gpu("train", 9.0)
    assert (meter.cpu_seconds("train"), meter.cpu_seconds()) == (4.0, 5.0)


def test_labels_cost_what_the_model_file_says_and_are_unpriced_without_it() -> None:
    (entry,) = price_labels(8, PRICED, run_id="r", at=START)
    assert (entry.amount, entry.unit, entry.quantity) == (2.0, "label", 8.0)
    (free,) = price_labels(8, spec(), run_id="r", at=START)
    assert (free.amount, free.quantity, free.is_unpriced) == (None, 8.0, True)
    by_hand = spec(costs={"staff_hour": 30.0, "staff_minutes": {"label": 0.5}})
    _, minutes = price_labels(8, by_hand, run_id="r", at=START)
    assert (minutes.unit, minutes.quantity, minutes.amount, minutes.basis) == ("staff_minute", 4.0, 2.0, "assumed")
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
