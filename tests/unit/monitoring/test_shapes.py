"""Distributions to be drawn: the same bins for both sides, nothing lost, nothing invented."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.shapes import ColumnShape
from monitoring import shapes, tallies
from monitoring.profiles import profile_reference
from monitoring.shapes import BINS, MOST_NAMES, OTHER, shapes_of
from monitoring.tallies import tally_of

numbers = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=60)


def shape(before: list[object], after: list[object], kind: str = "numeric") -> ColumnShape | None:
    profile = profile_reference(pd.DataFrame({"x": before}), {"x": kind})
    found = shapes_of(profile, tally_of(profile, [pd.DataFrame({"x": after})]))
    return found[0] if found else None


def test_a_shift_is_seen() -> None:
    rng = np.random.default_rng(0)
    found = shape(list(rng.normal(0, 1, 4000)), list(rng.normal(3, 1, 500)))
    assert found is not None
    assert len(found.edges) == BINS + 1
    assert len(found.reference) == len(found.window) == BINS
    middle = [int(np.average(np.arange(BINS), weights=side)) for side in (found.reference, found.window)]
    assert middle[1] - middle[0] >= 6
    assert found.edges[-1] > 4  # the window's own range is in the picture


@settings(max_examples=200, deadline=None)
@given(numbers, numbers)
def test_every_number_is_in_one_bin_and_every_other_value_is_missing(before: list[object], after: list[object]) -> None:
    found = shape(before, after)
    finite = [sum(np.isfinite(side)) for side in (np.array(before, float), np.array(after, float))]
    assert (found is None) == (0 in finite)
    if found is not None:
        assert (sum(found.reference), sum(found.window)) == tuple(finite)
        assert (found.reference_missing, found.window_missing) == (len(before) - finite[0], len(after) - finite[1])
        assert len(found.edges) == len(found.reference) + 1 or len(found.reference) == 1


def test_a_constant_has_one_bin() -> None:
    found = shape([2.0] * 5, [2.0] * 3)
    assert found is not None
    assert (found.reference, found.window) == ((5,), (3,))


def test_counted_windows_look_as_held_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    before, after = list(rng.integers(0, 9, 50)), list(rng.integers(2, 9, 400))  # longer than the reference: counted
    counted = shape(before, after)
    assert counted is not None
    expected = np.histogram(after, bins=[-np.inf, *counted.edges[1:-1], np.inf])[0]
    assert sum(counted.window) == 400
    assert abs(np.cumsum(counted.window) - np.cumsum(expected)).max() <= max(np.bincount(after))


def test_of_many_rows_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MOST_DRAWN", 100)
    monkeypatch.setattr(tallies, "MOST_VALUES", 10_000)
    rng = np.random.default_rng(2)
    found = shape(list(rng.normal(size=2000)), list(rng.normal(size=1000)))
    assert found is not None
    assert sum(found.window) == 100


def test_categories_are_counted_and_the_rare_ones_together() -> None:
    before = [f"c{place}" for place in range(20) for _ in range(place + 1)]
    found = shape(list(before), ["new"] * 30 + ["c0"] + [None], "categorical")
    assert found is not None
    assert found.names[0] == "new"
    assert found.names[-1] == OTHER
    assert len(found.names) == MOST_NAMES + 1
    assert (sum(found.reference), sum(found.window)) == (len(before), 31)
    assert (found.reference_missing, found.window_missing) == (0, 1)
    assert found.reference[0] == 0


def test_a_column_that_the_window_lacks_is_left_out() -> None:
    profile = profile_reference(pd.DataFrame({"x": [1.0], "y": [2.0]}), {"x": "numeric", "y": "numeric"})
    assert [one.column for one in shapes_of(profile, tally_of(profile, [pd.DataFrame({"x": [1.0]})]))] == ["x"]
