from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.sequential import CUSUM, E_CUSUM, TUNINGS, Detector, Fired, detector, scaled_error, take


def watch(limit: float = 0.13) -> tuple[Detector, ...]:
    return tuple(detector(tuning, limit=limit, alpha=0.01) for tuning in TUNINGS)


def wrong(rng: np.random.Generator, share: float, count: int) -> list[float]:
    found: list[float] = (rng.random(count) < share).astype(float).tolist()
    return found


def delays(error: float, *, clean: int, streams: int, most: int, seed: int) -> list[float]:
    """Labels from the change to the alarm, infinite where `most` were not enough; 10 % error before the change."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(streams):
        before, _ = take(watch(), wrong(rng, 0.10, clean))
        _, alarms = take(before, wrong(rng, error, most), seen=clean)
        found.append(float(alarms[0].number + 1) if alarms else np.inf)
    return found


def test_forty_clean_streams_of_five_thousand_give_at_most_one_false_alarm() -> None:
    rng = np.random.default_rng(0)
    assert sum(len(take(watch(), wrong(rng, 0.10, 5000))[1]) for _ in range(40)) <= 1


@pytest.mark.parametrize(("error", "young", "old"), [(0.20, 250, 260), (0.30, 66, 80)])
def test_a_jump_in_error_is_found_soon_however_long_all_was_well(error: float, young: int, old: int) -> None:
    assert np.median(delays(error, clean=500, streams=100, most=1500, seed=1)) <= young
    assert np.median(delays(error, clean=20_000, streams=20, most=1500, seed=2)) <= old


def test_false_alarms_at_the_very_limit_are_as_rare_as_promised() -> None:
    rng = np.random.default_rng(4)
    alarms = sum(len(take(watch(), wrong(rng, 0.13, 5000), seen=100_000)[1]) for _ in range(40))
    assert alarms <= 40 * 5000 * sum(1.0 / one.losses_between_false_alarms for one in watch())


@settings(max_examples=40, deadline=None)
@given(losses=st.lists(st.floats(0.0, 1.0), max_size=200), cuts=st.lists(st.integers(0, 200), max_size=4))
def test_one_by_one_in_parts_and_at_once_agree_to_the_last_bit(losses: list[float], cuts: list[int]) -> None:
    whole = take(watch(), losses)
    for bounds in ([0, *sorted(min(cut, len(losses)) for cut in cuts), len(losses)], list(range(len(losses) + 1))):
        detectors, alarms = watch(), []
        for start, stop in pairwise(bounds):
            detectors, more = take(detectors, losses[start:stop], seen=start)
            alarms += [Fired(number=start + one.number, by=one.by) for one in more]
        assert (detectors, alarms) == whole


def test_it_alarms_again_while_the_trouble_lasts() -> None:
    _, alarms = take(watch(), [1.0] * 100)
    assert len(alarms) >= 5
    assert [one.number for one in alarms] == sorted({one.number for one in alarms})


def test_who_has_just_begun_has_most_to_prove() -> None:
    def needed(seen: int) -> int:
        return take(watch(), [1.0] * 50, seen=seen)[1][0].number

    assert needed(0) == needed(900) < needed(4_000) == needed(10**9)


def test_a_jump_is_seen_by_the_cusum_and_a_slow_loss_by_the_other() -> None:
    rng = np.random.default_rng(6)
    for error, name in ((0.5, CUSUM), (0.17, E_CUSUM)):
        _, alarms = take(watch(), wrong(rng, error, 20_000), seen=10_000)
        assert sum(name in one.by for one in alarms) > len(alarms) / 2


@pytest.mark.parametrize("limit", [0.03, 0.53, 0.99, 1.0, 1.03])
def test_extreme_limits_are_no_trouble(limit: float) -> None:
    detectors, alarms = take(watch(limit), [0.0, 1.0, 1.0] * 500)
    assert all(np.isfinite(one.log_evidence) for one in detectors)
    assert bool(alarms) is (limit < 0.6)  # two thirds are wrong


def test_regression_alarms_when_the_mean_error_grows_and_not_when_it_stays() -> None:
    rng = np.random.default_rng(5)
    start = watch((1.0 + 0.1) / 4.0)
    clean = np.abs(rng.normal(0.0, 2.0, size=(20, 5000)))
    accepted = float(np.abs(rng.normal(0.0, 2.0, size=100_000)).mean())
    same = [take(start, [scaled_error(error, accepted) for error in stream])[1] for stream in clean]
    assert sum(len(alarms) for alarms in same) <= 1
    worse = [take(start, [scaled_error(1.5 * error, accepted) for error in stream[:1500]])[1] for stream in clean]
    assert np.median([alarms[0].number + 1 if alarms else np.inf for alarms in worse]) <= 250


def test_a_perfect_accepted_error_makes_any_error_a_loss() -> None:
    assert [scaled_error(error, 0.0) for error in (0.0, 0.1, 5.0)] == [0.0, 1.0, 1.0]
