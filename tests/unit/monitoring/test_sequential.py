from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.sequential import Degradation, scaled_errors, update, update_all, watch_absolute_errors, watch_errors


def _watch(accepted: float = 0.10) -> Degradation:
    return watch_errors(accepted_error=accepted, tolerance=0.03, alpha=0.01)


def _delays(error: float, *, clean: int, streams: int, most: int, seed: int) -> list[float]:
    """Labels from the change to the alarm, infinite where `most` were not enough; 10 % error before the change."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(streams):
        before = update_all(_watch(), rng.random(clean) < 0.10)
        after = update_all(_watch() if before.alarmed else before, rng.random(most) < error)
        first = [alarm - (after.labels - most) for alarm in after.alarms]
        found.append(float(first[0]) if first else np.inf)
    return found


def test_forty_clean_streams_of_five_thousand_give_at_most_one_false_alarm() -> None:
    rng = np.random.default_rng(0)
    alarms = [len(update_all(_watch(), rng.random(5000) < 0.10).alarms) for _ in range(40)]
    assert sum(alarms) <= 1


@pytest.mark.parametrize(("error", "bound"), [(0.20, 300), (0.30, 90)])
def test_a_jump_in_error_is_found_soon_however_long_all_was_well(error: float, bound: int) -> None:
    assert np.median(_delays(error, clean=500, streams=60, most=2000, seed=1)) <= bound
    assert np.median(_delays(error, clean=40_000, streams=15, most=2000, seed=2)) <= bound


def test_false_alarms_at_the_very_limit_are_as_rare_as_promised() -> None:
    rng = np.random.default_rng(4)
    alarms = sum(len(update_all(_watch(), rng.random(5000) < 0.13).alarms) for _ in range(40))
    assert alarms <= 40 * 5000 / _watch().labels_between_false_alarms


@settings(max_examples=40, deadline=None)
@given(errors=st.lists(st.booleans(), max_size=300), cut=st.integers(0, 300))
def test_one_by_one_in_parts_and_at_once_agree(errors: list[bool], cut: int) -> None:
    whole = update_all(_watch(), np.array(errors, dtype=float))
    parts = update_all(update_all(_watch(), np.array(errors[:cut], dtype=float)), np.array(errors[cut:], dtype=float))
    single = _watch()
    for error in errors:
        single = update(single, float(error))
    for state in (parts, single):
        assert (state.alarms, state.labels) == (whole.alarms, whole.labels)
        assert max(state.log_evidence, 0.0) == pytest.approx(max(whole.log_evidence, 0.0), abs=1e-9)


def test_it_alarms_again_while_the_trouble_lasts() -> None:
    state = update_all(_watch(), np.ones(100))
    assert len(state.alarms) >= 5
    assert state.alarms == tuple(sorted(set(state.alarms)))


@pytest.mark.parametrize("accepted", [0.0, 0.5, 0.96, 0.97, 1.0])
def test_extreme_limits_are_no_trouble(accepted: float) -> None:
    state = update_all(_watch(accepted), np.tile([0.0, 1.0, 1.0], 500))
    assert np.isfinite(state.log_evidence)
    if accepted >= 0.97:
        assert not state.alarmed  # an error above 1 does not exist


def test_regression_alarms_when_the_mean_error_grows_and_not_when_it_stays() -> None:
    rng = np.random.default_rng(5)
    start = watch_absolute_errors(tolerance=0.1, alpha=0.01)
    clean = np.abs(rng.normal(0.0, 2.0, size=(20, 5000)))
    accepted = float(np.abs(rng.normal(0.0, 2.0, size=100_000)).mean())
    assert sum(len(update_all(start, scaled_errors(stream, accepted)).alarms) for stream in clean) <= 1
    worse = [update_all(start, scaled_errors(1.5 * stream, accepted)).alarms for stream in clean]
    assert np.median([alarms[0] if alarms else np.inf for alarms in worse]) <= 250


def test_a_perfect_accepted_error_makes_any_error_a_loss() -> None:
    assert scaled_errors(np.array([0.0, 0.1, 5.0]), 0.0).tolist() == [0.0, 1.0, 1.0]
