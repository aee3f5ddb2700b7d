from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import Conflict
from infra.stores.arrivals import Numbered, decide_labels, decide_new
from tests.contracts.building import label, prediction


def test_new_predictions_keep_their_order_and_known_ones_are_left_out() -> None:
    known = {"b": prediction("b", version=1)}
    new = decide_new([prediction("c"), prediction("b", version=2), prediction("a"), prediction("c", version=3)], known)
    assert list(new) == ["c", "a"]
    assert new["c"] == prediction("c")


def test_a_conflict_names_the_first_ids_and_counts_the_rest() -> None:
    stored = {f"p{n}": prediction(f"p{n}") for n in range(9)}
    with pytest.raises(Conflict, match=r"'p0', .*'p4' and 4 more of model 'grid'"):
        decide_new([prediction(f"p{n}", features={"load": 2.5}) for n in range(9)], stored)


def test_a_conflict_inside_the_batch_is_one_too() -> None:
    with pytest.raises(Conflict, match="'a'"):
        decide_new([prediction("a"), prediction("a", features={"load": 2.5})], {})


@settings(max_examples=50)
@given(values=st.lists(st.sampled_from(["UP", "DOWN", "FLAT"]), max_size=8), cut=st.integers(0, 8))
def test_two_batches_decide_as_one_does(values: list[str], cut: int) -> None:
    labels = [label("a", value) for value in values]
    whole = decide_labels(labels, {}, {"a"})
    first = decide_labels(labels[:cut], {}, {"a"})
    current = {"a": first.inserts[-1]} if first.inserts else {}
    second = decide_labels(labels[cut:], current, {"a"})
    assert first.outcomes + second.outcomes == whole.outcomes
    assert first.inserts + second.inserts == whole.inserts


@settings(max_examples=50)
@given(values=st.lists(st.sampled_from(["UP", "DOWN"]), min_size=1, max_size=8))
def test_history_never_repeats_itself_and_ends_with_the_last_word(values: list[str]) -> None:
    plan = decide_labels([label("a", value) for value in values], {}, set())
    kept = [entry.label.value for entry in plan.inserts]
    assert [entry.number for entry in plan.inserts] == list(range(1, len(kept) + 1))
    assert all(one != two for one, two in pairwise(kept))
    assert kept[-1] == values[-1]
    assert plan.outcomes.count("repeated") == len(values) - len(kept)


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(2.0, "repeated"), (2, "repeated"), (2.5, "corrected"), ("2.0", "corrected")],
)
def test_numbers_are_compared_as_numbers(value: float | str, outcome: str) -> None:
    current = {"a": Numbered(number=1, label=label("a", 2.0))}
    assert decide_labels([label("a", value)], current, {"a"}).outcomes == (outcome,)
