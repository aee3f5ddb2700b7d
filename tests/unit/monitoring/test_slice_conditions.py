"""A slice is text that reads back to the same rows, whatever its columns are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import DataError
from monitoring.slice_conditions import Condition, conditions_of, read_conditions, rows_where

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
CONDITIONS = st.one_of(
    st.builds(
        lambda name, sign, value: Condition(column=name, sign=sign, value=value),
        st.text(),
        st.sampled_from(["<=", ">"]),
        NUMBERS,
    ),
    st.builds(lambda name, value: Condition(column=name, sign="=", value=value), st.text(), st.text()),
    st.builds(lambda name: Condition(column=name, sign="missing"), st.text()),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=3))
def test_what_is_written_reads_back(conditions: list[Condition]) -> None:
    assert read_conditions(" and ".join(map(str, conditions))) == tuple(conditions)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition(column="temperature", sign=">", value=71.5), "temperature > 71.5"),
        (Condition(column="shift", sign="=", value="night"), "shift = night"),
        (Condition(column="belt speed", sign="missing"), '"belt speed" is missing'),
        (Condition(column="and", sign="=", value="1"), 'and = "1"'),
    ],
)
def test_a_person_can_read_it(condition: Condition, text: str) -> None:
    assert str(condition) == text


@pytest.mark.parametrize("text", ["", "x", "x > night", "x > 1 or y > 2", "x = a and"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="are expected"):
        read_conditions(text)


def test_rows_are_those_for_which_all_holds() -> None:
    frame = pd.DataFrame({"t": [1.0, 3.0, np.nan, 4.0], "s": ["a", "b", "b", None], "n": [1, 0, 1, 1]})
    assert rows_where(read_conditions("t > 2.0 and s = b"), frame).tolist() == [False, True, False, False]
    assert rows_where(read_conditions("t <= 3.0"), frame).tolist() == [True, True, False, False]
    assert rows_where(read_conditions("t is missing"), frame).tolist() == [False, False, True, False]
    assert rows_where(read_conditions('n = "1" and s is missing'), frame).tolist() == [False, False, False, True]
    assert not rows_where(read_conditions("gone > 2.0"), frame).any()


def test_a_reference_is_divided_at_its_quantiles_and_frequent_values() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "t": rng.normal(size=1000),
            "s": np.where(np.arange(1000) < 995, rng.choice(["a", "b"], 1000), "rare"),
            "gap": [None if row % 10 == 0 else float(row) for row in range(1000)],
            "same": 1.0,
            "empty": None,
            "name": [f"n{row}" for row in range(1000)],
            "unseen": 0.0,
        }
    )
    kinds = {**dict.fromkeys(["t", "gap", "same", "empty"], "numeric"), "s": "categorical", "name": "categorical"}
    found = conditions_of(frame, kinds)
    assert sum(one.column == "t" for one in found) == 10
    assert {str(one) for one in found if one.column == "s"} == {"s = a", "s = b"}
    assert "gap is missing" in map(str, found)
    assert {one.column for one in found} == {"t", "s", "gap"}
