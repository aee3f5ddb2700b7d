from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import DataError
from services.line.scenario import Change, Scenario, default_scenario


def test_change_acts_exactly_on_its_rows() -> None:
    change = Change(kind="camera", first_row=3, last_row=5, what="another camera")
    assert change.strength(np.arange(8)).tolist() == [0, 0, 0, 1, 1, 1, 0, 0]


def test_gradual_change_rises_evenly_to_full_strength() -> None:
    change = Change(kind="lamp", first_row=2, last_row=9, ramp_rows=3, what="the lamp ages")
    assert change.strength(np.arange(8)).tolist() == [0, 0, 0.25, 0.5, 0.75, 1, 1, 1]


def test_recurring_change_comes_and_goes() -> None:
    change = Change(kind="material", first_row=2, last_row=10, period_rows=4, burst_rows=2, what="night shift")
    assert np.flatnonzero(change.strength(np.arange(12))).tolist() == [2, 3, 6, 7, 10]
    assert change.bursts() == ((2, 3), (6, 7), (10, 10))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 50), st.integers(0, 150), st.integers(1, 40), st.data())
def test_bursts_are_the_rows_with_strength(first: int, length: int, period: int, data: st.DataObject) -> None:
    burst = data.draw(st.integers(1, period))
    last = first + length
    change = Change(
        kind="material", first_row=first, last_row=last, period_rows=period, burst_rows=burst, what="night shift"
    )
    acting = {row for start, end in change.bursts() for row in range(start, end + 1)}
    assert acting == set(np.flatnonzero(change.strength(np.arange(last + 10))).tolist())


def test_scenario_is_steady_up_to_its_first_change() -> None:
    lamp = Change(kind="lamp", first_row=40, last_row=99, what="the lamp ages")
    camera = Change(kind="camera", first_row=30, last_row=99, what="another camera")
    assert Scenario(rows=100, changes=(lamp, camera)).steady_rows == 30
    assert Scenario(rows=100).steady_rows == 100


def test_default_scenario_changes_between_shifts_after_the_training_rows() -> None:
    scenario = default_scenario()
    assert scenario.steady_rows >= 0.2 * scenario.rows
    assert {change.kind for change in scenario.changes} == {"lamp", "camera", "inclusion", "material"}
    assert all(change.first_row % 240 == 0 for change in scenario.changes)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"first_row": 5, "last_row": 4}, "rows 5..4"),
        ({"first_row": -1, "last_row": 4}, "rows -1..4"),
        ({"first_row": 0, "last_row": 4, "ramp_rows": -2}, "ramp of -2"),
        ({"first_row": 0, "last_row": 4, "period_rows": 3}, "burst_rows"),
        ({"first_row": 0, "last_row": 4, "period_rows": 3, "burst_rows": 4}, "burst_rows"),
    ],
)
def test_impossible_change_is_refused(fields: dict[str, int], says: str) -> None:
    with pytest.raises(DataError, match=says):
        Change(kind="lamp", what="the lamp ages", **fields)


def test_impossible_scenario_is_refused() -> None:
    with pytest.raises(DataError, match="0 rows"):
        Scenario(rows=0)
    with pytest.raises(DataError, match="8 pixels"):
        Scenario(rows=10, size=8)
    with pytest.raises(DataError, match="time zone"):
        Scenario(rows=10, start=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))
    with pytest.raises(DataError, match="beyond row 9"):
        Scenario(rows=10, changes=(Change(kind="lamp", first_row=4, last_row=10, what="the lamp ages"),))
