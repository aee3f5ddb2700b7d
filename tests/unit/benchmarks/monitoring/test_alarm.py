from __future__ import annotations

from math import inf

import numpy as np
import pytest

from benchmarks.monitoring.alarm import all_tests, e_process, ours, page, shiryaev_roberts, z_test
from benchmarks.monitoring.streams import Test as Watch
from benchmarks.monitoring.streams import delay, measure, wrong

GOOD, BAD = np.zeros(1_000), np.ones(200)


@pytest.mark.parametrize(
    "test",
    [ours(0.13), page(0.1, 0.3, threshold=12.0), shiryaev_roberts(0.1, 0.3, threshold=14.5), z_test],
    ids=["ours", "page", "shiryaev-roberts", "z"],
)
def test_a_delay_counts_from_the_change_and_forgets_earlier_alarms(test: Watch) -> None:
    early = np.concatenate((BAD, GOOD))
    assert test(early)[0] < len(BAD)
    found = delay(test, early, BAD)
    assert 5 < found <= 150
    assert delay(test, GOOD, np.zeros(50)) == inf


def test_what_is_never_restarted_is_dulled_by_a_long_good_history() -> None:
    rng = np.random.default_rng(3)
    before, after = wrong(rng, 0.1, 20_000), wrong(rng, 0.3, 1_000)
    assert delay(e_process(0.13), before, after) == inf
    assert delay(ours(0.13), before, after) < 150


def test_each_test_is_measured_on_the_same_streams() -> None:
    test = all_tests()["cusum alone"]
    assert measure(test, 1, 5) == measure(test, 1, 5)
