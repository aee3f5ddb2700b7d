from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from monitoring.columns import (
    Compared,
    compare_categories,
    compare_numbers,
    goodness_of_fit,
    homogeneity_p_value,
    ks_p_value,
)
from monitoring.profiles import CategoryProfile, NumberProfile, profile_column
from monitoring.tallies import CategoryTally, NumberTally

RNG = np.random.default_rng(0)


def _compare_numbers(before: pd.Series, after: pd.Series, minimum_rows: int) -> Compared | str:
    profile = profile_column(before, "numeric")
    assert isinstance(profile, NumberProfile)
    tally = NumberTally(profile)
    tally.add(after)
    return compare_numbers(profile, tally, minimum_rows)


def _compare_categories(before: pd.Series, after: pd.Series, minimum_rows: int) -> Compared | str:
    profile, tally = profile_column(before, "categorical"), CategoryTally("categorical")
    assert isinstance(profile, CategoryProfile)
    tally.add(after)
    return compare_categories(profile, tally, minimum_rows)


def _numbers(before: object, after: object) -> Compared:
    found = _compare_numbers(pd.Series(before), pd.Series(after), 10)
    assert isinstance(found, Compared)
    return found


def test_numbers_agree_with_scipy() -> None:
    before, after = RNG.normal(size=400), RNG.normal(0.2, 1.0, size=300).round(1)
    found = _numbers(before, after)
    exact = stats.ks_2samp(before, after, method="asymp")
    assert found.method == "ks"
    assert found.effect == pytest.approx(exact.statistic)
    assert found.p_value == pytest.approx(exact.pvalue, abs=0.01)


def test_a_column_that_goes_missing_has_moved() -> None:
    before, after = RNG.normal(size=200), np.where(RNG.random(200) < 0.5, np.nan, RNG.normal(size=200))
    found = _numbers(before, after)
    assert found.method == "missing_share"
    assert found.effect == pytest.approx(np.isnan(after).mean())
    assert found.p_value < 1e-6
    assert _numbers(before, np.full(200, np.nan)).effect == 1.0


def test_infinities_are_missing_and_nullable_types_are_numbers() -> None:
    plain = pd.Series(RNG.normal(size=50))
    nullable = plain.astype("Float64")
    nullable[3] = pd.NA
    assert _numbers(plain, nullable).effect < 0.1
    assert _numbers(plain, plain.where(plain.index > 20, np.inf)).method == "missing_share"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ([1.0] * 50, ["x"] * 3 + [1.0] * 47, "3 of 50 values are not numbers"),
        ([None] * 50, [None] * 50, "not enough data (0 of 10 values)"),
        ([1.0] * 50, [1.0] * 9, "not enough data (9 of 10 rows)"),
        ([], [1.0] * 50, "not enough data (0 of 10 rows)"),
    ],
)
def test_numbers_that_cannot_be_compared_say_why(before: list[object], after: list[object], reason: str) -> None:
    found = _compare_numbers(pd.Series(before, dtype=object), pd.Series(after, dtype=object), 10)
    assert found == reason


@pytest.mark.parametrize(("before", "after"), [(500, 500), (2_000, 500), (1_999, 501), (3_000, 2_000), (12_000, 700)])
def test_p_values_are_those_of_counted_paths_to_a_thousandth(before: int, after: int) -> None:
    for shift in np.linspace(0.0, 0.15, 6):
        exact = stats.ks_2samp(RNG.normal(size=before), RNG.normal(shift, 1.0, size=after))
        assert ks_p_value(exact.statistic, before, after) == pytest.approx(exact.pvalue, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(root=st.floats(0.01, 3.0), small=st.integers(30, 400_000))
def test_p_values_of_many_rows_are_those_of_the_summed_distribution(root: float, small: int) -> None:
    size = 400_000 * small / (400_000 + small)
    distance = min(1.0, root / size**0.5)
    limit = 5e-4 if size < 4_999 else 1e-5
    assert ks_p_value(distance, 400_000, small) == pytest.approx(stats.kstwo.sf(distance, round(size)), abs=limit)


def test_the_score_of_categories_is_the_goodness_of_fit_that_evidently_gives() -> None:
    counts = np.array([[50.0, 30.0, 20.0], [35.0, 40.0, 25.0]])
    assert goodness_of_fit(counts) == pytest.approx(stats.chisquare(counts[1], counts[0]).pvalue)
    assert goodness_of_fit(np.array([[50.0, 0.0], [40.0, 10.0]])) == 0.0
    assert goodness_of_fit(np.array([[50.0], [40.0]])) == 1.0


def test_categories_count_the_missing_and_the_new() -> None:
    found = _compare_categories(
        pd.Series(["a"] * 50 + ["b"] * 50), pd.Series(["a"] * 50 + [None] * 30 + ["z"] * 20), 10
    )
    assert isinstance(found, Compared)
    assert found.effect == pytest.approx(0.5)
    assert found.p_value < 1e-9


def test_one_and_true_are_the_categories_that_labels_call_them() -> None:
    found = _compare_categories(pd.Series([1.0, 2.0] * 30), pd.Series(["1", "2"] * 30), 10)
    assert isinstance(found, Compared)
    assert found.effect == 0.0


def test_the_homogeneity_test_keeps_its_level_where_goodness_of_fit_does_not() -> None:
    draws = RNG.multinomial(200, [0.5, 0.3, 0.2], size=(1000, 2)).astype(float)
    ours = np.mean([homogeneity_p_value(pair) <= 0.05 for pair in draws])
    fitted = np.mean([stats.chisquare(after, before).pvalue <= 0.05 for before, after in draws])
    assert ours <= 0.07
    assert fitted >= 0.15


def test_many_rare_categories_are_taken_together() -> None:
    names = [f"v{place}" for place in range(300)]
    pairs = [(RNG.choice(names, 100), RNG.choice(names, 100)) for _ in range(50)]
    values = [_compare_categories(pd.Series(before), pd.Series(after), 10) for before, after in pairs]
    assert all(isinstance(found, Compared) and found.p_value == 1.0 for found in values)


@settings(max_examples=60, deadline=None)
@given(
    before=st.lists(st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)), min_size=12, max_size=40),
    after=st.lists(st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)), min_size=12, max_size=40),
)
def test_any_numbers_give_an_effect_and_a_p_value_between_0_and_1(before: list[object], after: list[object]) -> None:
    for compare in (_compare_numbers, _compare_categories):
        found = compare(pd.Series(before, dtype=object), pd.Series(after, dtype=object), 10)
        if isinstance(found, Compared):
            assert 0.0 <= found.effect <= 1.0
            assert 0.0 <= found.p_value <= 1.0
