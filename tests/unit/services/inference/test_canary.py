"""Which rows a challenger answers."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.inference.canary import in_shadow, takes_canary

IDS = [f"part-{number}" for number in range(20_000)]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
Choice = Callable[[str, float], bool]


@pytest.mark.parametrize("choice", [takes_canary, in_shadow])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.97])
def test_the_share_of_ids_is_met(choice: Choice, share: float) -> None:
    taken = sum(choice(name, share) for name in IDS)
    bound = 4.0 * math.sqrt(len(IDS) * share * (1 - share))  # 4 deviations of a binomial: once in 16,000 tries
    assert abs(taken - share * len(IDS)) < bound


def test_the_same_id_has_the_same_side_in_every_process() -> None:
    assert [name for name in IDS[:40] if takes_canary(name, 0.1)] == [
        "part-13",
        "part-17",
        "part-20",
        "part-26",
        "part-29",
    ]


@settings(max_examples=60)
@given(TEXT, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_larger_share_keeps_who_was_taken(name: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert takes_canary(name, large) or not takes_canary(name, small)


@settings(max_examples=60)
@given(TEXT)
def test_nobody_at_0_and_everybody_at_1(name: str) -> None:
    assert (takes_canary(name, 0.0), takes_canary(name, 1.0)) == (False, True)
    assert (in_shadow(name, 0.0), in_shadow(name, 1.0)) == (False, True)


def test_canary_and_shadow_are_chosen_apart() -> None:
    both = sum(takes_canary(name, 0.5) and in_shadow(name, 0.5) for name in IDS)
    assert abs(both - 0.25 * len(IDS)) < 4.0 * math.sqrt(len(IDS) * 0.25 * 0.75)
