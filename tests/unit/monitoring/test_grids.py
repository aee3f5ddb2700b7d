from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.grids import MOST_CELLS, Grid, farthest, gap, lay_grid
from monitoring.profiles import NumberProfile, profile_column
from monitoring.tallies import NumberTally

RNG = np.random.default_rng(0)
EXACT = st.integers(-4, 4).map(float) | st.floats(allow_nan=False, allow_infinity=False)


def _by_sorting(profile: NumberProfile, numbers: np.ndarray) -> float:
    ordered, present = np.sort(numbers), profile.present
    less, at_most = np.searchsorted(ordered, profile.values), np.searchsorted(ordered, profile.values, side="right")
    return max(gap(less, len(numbers), profile.below, present), gap(at_most, len(numbers), profile.reached, present))


def _profile(before: object) -> NumberProfile:
    profile = profile_column(pd.Series(before, dtype=float), "numeric")
    assert isinstance(profile, NumberProfile)
    return profile


@settings(max_examples=150, deadline=None)
@given(
    before=st.lists(EXACT, min_size=1, max_size=60),
    after=st.lists(EXACT, min_size=1, max_size=60),
    cells=st.integers(2, 40),
    thinned=st.integers(1, 3),
)
def test_the_distance_is_to_the_last_bit_that_of_sorting(
    before: list[float], after: list[float], cells: int, thinned: int
) -> None:
    whole = _profile(before)
    profile = NumberProfile(
        rows=whole.rows,
        missing=0,
        unreadable=0,
        values=whole.values[::-thinned][::-1],
        below=whole.below[::-thinned][::-1],
        reached=whole.reached[::-thinned][::-1],
    )
    grid = lay_grid(profile.values, cells)
    if grid is not None:
        found = farthest(grid, profile.values, profile.below, profile.reached, np.array(after))
        assert found == _by_sorting(profile, np.array(after))


@settings(max_examples=60, deadline=None)
@given(before=st.lists(EXACT, min_size=8, max_size=30, unique=True), numbers=st.lists(EXACT, min_size=2, max_size=30))
def test_cells_keep_the_order_of_numbers(before: list[float], numbers: list[float]) -> None:
    grid = lay_grid(np.sort(before), 16)
    if grid is not None:
        places, counts = grid.count(np.sort(numbers))
        assert (np.diff(places.astype(int)) >= 0).all()
        assert (counts.sum(), grid.first[-1]) == (len(numbers), len(before))


@pytest.mark.parametrize(
    ("draw", "most"),
    [
        (lambda rows: RNG.normal(1e6, 1.0, rows), 0.2),
        (lambda rows: RNG.standard_cauchy(rows), 0.2),
        (lambda rows: np.exp(2.0 * RNG.normal(size=rows)), 0.2),
        (lambda rows: np.where(RNG.random(rows) < 0.5, 0.0, RNG.normal(size=rows)), 0.2),
    ],
    ids=["far from 0", "heavy tails", "skewed", "half zeros"],
)
def test_cells_are_about_equally_full_whatever_the_distribution(draw: Callable[[int], np.ndarray], most: float) -> None:
    values = np.unique(draw(40_000))
    grid = lay_grid(values, 5_000)
    assert isinstance(grid, Grid)
    assert grid.values.max() <= most * len(values) / 100


@pytest.mark.parametrize("values", [np.arange(100) * 1e-320, np.array([-1.7e308] * 2 + [1.7e308] * 2)])
def test_values_too_near_or_too_far_for_a_float_have_no_grid(values: np.ndarray) -> None:
    assert lay_grid(values, 8) is None


@pytest.mark.parametrize("rows", [40, 2_999, 3_000, 9_001])
def test_a_window_longer_than_its_reference_has_the_distance_of_sorting_too(rows: int) -> None:
    profile = _profile(RNG.normal(size=3_000).round(4))
    assert profile.grid is not None
    assert len(profile.grid.first) <= MOST_CELLS
    after = np.append(RNG.normal(0.05, 1.2, size=rows - 1).round(4), 9.0)
    whole, pieces = NumberTally(profile), NumberTally(profile)
    whole.add(pd.Series(after))
    for start in range(0, rows, 700):
        pieces.add(pd.Series(after[start : start + 700]))
    assert whole.distance() == pieces.distance() == _by_sorting(profile, after)
    assert whole.outside == pieces.outside == ((after < profile.values[0]) | (after > profile.values[-1])).sum() > 0


def test_a_tally_keeps_its_numbers_when_the_frame_changes_and_no_more_than_the_reference_has() -> None:
    profile, frame = _profile(RNG.normal(size=2_000)), pd.DataFrame({"x": RNG.normal(size=1_500)})
    tally = NumberTally(profile)
    tally.add(frame["x"])
    before = tally.distance()
    frame.loc[:, "x"] = 99.0
    assert tally.distance() == before
    tally.add(pd.Series(RNG.normal(size=1_500)))
    assert not tally._held
