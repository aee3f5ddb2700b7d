from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring import profiles
from monitoring.profiles import NumberProfile, profile_column, read_categories, sampling_error
from monitoring.tallies import NumberTally

NUMBERS = st.lists(st.integers(-4, 4).map(float) | st.floats(-5.0, 5.0), min_size=1, max_size=30)


def _tally(before: object, *pieces: object) -> tuple[NumberProfile, NumberTally]:
    profile = profile_column(pd.Series(before, dtype=float), "numeric")
    assert isinstance(profile, NumberProfile)
    tally = NumberTally(profile)
    for piece in pieces:
        tally.add(pd.Series(piece, dtype=float))
    return profile, tally


def _slow_distance(before: list[float], after: list[float]) -> float:
    places = [*before, *after]
    shares = [[sum(value <= place for value in side) / len(side) for place in places] for side in (before, after)]
    return max(abs(one - other) for one, other in zip(shares[0], shares[1], strict=True))


@settings(max_examples=80, deadline=None)
@given(before=NUMBERS, after=NUMBERS, cut=st.integers(0, 30))
def test_the_distance_is_exact_and_the_same_in_pieces(before: list[float], after: list[float], cut: int) -> None:
    whole = _tally(before, after)[1].distance()
    assert whole == pytest.approx(_slow_distance(before, after))
    assert _tally(before, after[:cut], after[cut:])[1].distance() == whole


def test_a_profile_of_very_many_values_keeps_some_and_states_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=5_000), rng.normal(0.1, 1.0, size=4_000)
    exact = _tally(before, after)[1].distance()
    monkeypatch.setattr(profiles, "MOST_VALUES", 101)
    profile, tally = _tally(before, after)
    assert len(profile.values) == 101
    assert profile.error == pytest.approx(0.01, abs=0.001)
    assert exact - profile.error <= tally.distance() <= exact
    assert tally.outside == ((after < before.min()) | (after > before.max())).sum()


@pytest.mark.parametrize(
    ("values", "kind", "counts", "why"),
    [
        ([1, 1.0, "1", True], "categorical", {"1": 3, "true": 1}, "one and true are two categories"),
        ([1, 0.0, True, False, None], "boolean", {"true": 2, "false": 2}, "and one value of a boolean"),
        (["a", None, "a", "b"], "categorical", {"a": 2, "b": 1}, "missing ones are counted apart"),
        ([None, None], "categorical", {}, "nothing but missing ones"),
    ],
)
def test_categories_go_by_the_names_of_labels(values: list[object], kind: str, counts: object, why: str) -> None:
    found, missing = read_categories(pd.Series(values, dtype=object), kind)
    assert found == counts, why
    assert missing == values.count(None)


def test_four_times_the_rows_halve_the_error_of_a_sample() -> None:
    assert sampling_error(8_000) == pytest.approx(sampling_error(2_000) / 2)
