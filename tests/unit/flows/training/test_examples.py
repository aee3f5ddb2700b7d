from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.training.examples import Examples, Part, from_answered, from_snapshot, join, to_snapshot
from infra.memory import memory_ports
from tests.builders import answered, examples, minute

FEATURES = st.fixed_dictionaries(
    {
        "x": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**40), 2**40),
        "site": st.none() | st.text(max_size=5) | st.integers(0, 5) | st.booleans(),
        "wet": st.none() | st.booleans(),
    }
)
COLUMNS = ["x", "site", "wet"]


def same(left: object, right: object) -> bool:
    """Equal, or both missing."""
    missing = [one is None or (isinstance(one, float) and math.isnan(one)) for one in (left, right)]
    return all(missing) if any(missing) else left == right


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(FEATURES, st.sampled_from(["train", "validation", "holdout"])), min_size=1, max_size=12))
def test_rows_come_back_from_a_snapshot_as_they_went_in(
    rows: list[tuple[dict[str, float | int | str | bool | None], Part]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    parts: dict[Part, Examples] = {}
    for part in ("train", "validation", "holdout"):
        chosen = [
            answered(seq, "up", f"class {seq}", features=features)
            for seq, (features, where) in enumerate(rows, start=1)
            if where == part
        ]
        parts[part] = from_answered(chosen, COLUMNS)
    snapshots = memory_ports(tmp_path_factory.getbasetemp()).snapshots
    found = from_snapshot(snapshots.load(snapshots.save(to_snapshot(parts))))
    assert found.ids == tuple(f"p{seq}" for seq in range(1, len(rows) + 1))
    assert found.target == tuple(f"class {seq}" for seq in range(1, len(rows) + 1))
    assert found.times == tuple(minute(seq) for seq in range(1, len(rows) + 1))
    assert found.seqs == tuple(range(1, len(rows) + 1))
    assert list(found.frame.columns) == COLUMNS
    for place, (features, _) in enumerate(rows):
        assert same(found.frame["x"].iloc[place], features["x"])
        assert same(found.frame["wet"].iloc[place], features["wet"])


def test_a_category_sent_as_a_number_and_as_a_text_is_one_category_in_a_snapshot() -> None:
    rows = [answered(seq, features={"site": value}) for seq, value in enumerate((1, "1", "north", True, None), start=1)]
    table = to_snapshot({"train": from_answered(rows, ["site"])})
    assert table["site"].tolist() == ["1", "1", "north", "true", None]


def test_unlabelled_rows_are_left_out_and_columns_keep_their_order() -> None:
    rows = [answered(1, truth=None), answered(2, truth="down"), answered(3, truth="up")]
    found = from_answered(rows, ["line", "x", "never_sent"])
    assert (found.ids, found.target, found.seqs) == (("p2", "p3"), ("down", "up"), (2, 3))
    assert list(found.frame.columns) == ["line", "x", "never_sent"]
    assert found.frame["never_sent"].isna().all()


def test_nothing_answered_is_no_example() -> None:
    assert len(from_answered([], ["x"])) == 0


def test_joining_keeps_pieces_in_their_order_and_passes_over_empty_ones() -> None:
    first, second = examples(3), examples(2, first=3, seq=9)
    joined = join(first.cut(0, 0), first, second)
    assert joined.ids == ("e0", "e1", "e2", "e3", "e4")
    assert joined.seqs == (0, 0, 0, 9, 10)
    assert list(joined.frame.index) == [0, 1, 2, 3, 4]
    assert len(join(first.cut(0, 0), second.cut(0, 0))) == 0


@settings(max_examples=30, deadline=None)
@given(start=st.integers(-12, 12), stop=st.integers(-12, 12))
def test_cutting_counts_as_slicing_does(start: int, stop: int) -> None:
    assert examples(8).cut(start, stop).ids == examples(8).ids[start:stop]


def test_columns_are_texts_and_unknown_names_are_left_out() -> None:
    found = Examples(
        frame=pd.DataFrame({"line": [1, 2]}), target=("a", "b"), times=(minute(0),) * 2, ids=("a", "b"), seqs=(0, 0)
    ).columns(["line", "nothing"])
    assert {name: values.tolist() for name, values in found.items()} == {"line": ["1", "2"]}
