from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flows.training.corrections.telling import most_telling


def chosen(rows: list[tuple[bool, float, str, int]], most: int = 100) -> list[int]:
    """Rows as (sure, change of loss, group, copy)."""
    return most_telling(
        sure=np.array([row[0] for row in rows], dtype=np.bool_),
        change=np.array([row[1] for row in rows], dtype=np.float64),
        groups=[row[2] for row in rows],
        copies=[row[3] for row in rows],
        most=most,
    )


def test_confident_errors_come_first_then_the_largest_change() -> None:
    rows = [(False, 9.0, "a", 1), (True, -0.5, "a", 2), (True, 0.2, "a", 3), (False, -3.0, "a", 4)]
    assert chosen(rows) == [1, 2, 0, 3]


def test_groups_take_turns_so_that_a_small_one_is_seen() -> None:
    rows = [(True, 10.0 - n, "common", n) for n in range(8)] + [(False, 0.1, "rare", 99)]
    assert chosen(rows, 3) == [0, 8, 1]


def test_of_equal_rows_the_most_telling_one_is_kept() -> None:
    rows = [(False, 1.0, "a", 7), (True, 1.0, "b", 7), (False, 2.0, "a", 8)]
    assert chosen(rows) == [1, 2]


def test_there_is_nothing_to_choose_among_no_rows() -> None:
    assert chosen([]) == []


ROWS = st.lists(
    st.tuples(st.booleans(), st.floats(-5, 5), st.sampled_from("abc"), st.integers(0, 9)), min_size=1, max_size=40
)


@given(rows=ROWS, most=st.integers(1, 50))
def test_no_group_waits_while_another_takes_two_turns_more(rows: list[tuple[bool, float, str, int]], most: int) -> None:
    found = chosen(rows, most)
    copies = {row[3] for row in rows}
    assert len(found) == len(set(found)) == min(most, len(copies))
    assert len({rows[place][3] for place in found}) == len(found)
    taken = Counter(rows[place][2] for place in found)
    left = {rows[place][2] for place in range(len(rows))} if len(found) < len(copies) else set()
    possible = Counter(rows[place][2] for place in chosen(rows, 1_000))
    assert all(taken[group] + 1 >= max(taken.values()) or taken[group] == possible[group] for group in left)
