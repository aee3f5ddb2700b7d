from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.bursts import find_stretches


def test_a_stretch_that_goes_on_reaches_to_the_end() -> None:
    (found,) = find_stretches([False] * 100 + [True, False] * 20, known_share=0.05)
    assert 95 <= found.start <= 101
    assert found.stop == 140


def test_the_usual_share_is_learnt_from_what_came_before() -> None:
    rng = np.random.default_rng(0)
    rare = [bool(one) for one in rng.random(500) < 0.02]
    common = [bool(one) for one in rng.random(500) < 0.30]
    assert find_stretches(rare + common, known_share=0.1), "30 % after 2 % is a jump"
    assert not find_stretches(common + common, known_share=0.3), "30 % after 30 % is none"


def test_two_stretches_are_found_apart() -> None:
    calm, wild = [False] * 100, [True] * 20
    found = find_stretches(calm + wild + calm + wild + calm, known_share=0.05)
    assert [(one.start, one.stop) for one in found] == [(100, 120), (220, 240)]


@settings(max_examples=50)
@given(st.lists(st.booleans(), max_size=200), st.floats(0.0, 1.0))
def test_stretches_are_apart_in_order_and_within_the_sequence(happened: list[bool], share: float) -> None:
    found = find_stretches(happened, known_share=share)
    edges = [edge for one in found for edge in (one.start, one.stop)]
    assert edges == sorted(edges)
    assert all(0 <= one.start < one.stop <= len(happened) for one in found)
