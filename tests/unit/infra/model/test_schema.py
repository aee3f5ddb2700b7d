"""The schema reads training frames and serving rows into the same block."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import DataError
from infra.model.coding import BUCKETS
from infra.model.columns import MAX_CATEGORIES
from infra.model.pictures import encode_picture
from infra.model.schema import ColumnKind, FeatureSchema

KINDS: dict[str, ColumnKind] = {
    "heat": "numeric",
    "part": "categorical",
    "wet": "boolean",
    "image": "picture",
    "shift": "carried",
}


def _frame(rows: int = 40, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    heat = rng.normal(20.0, 5.0, rows)
    heat[3] = np.nan
    return pd.DataFrame(
        {
            "heat": heat,
            "part": rng.choice(["nut", "bolt", "pin"], rows),
            "wet": rng.random(rows) < 0.5,
            "image": [encode_picture(rng.integers(0, 256, (6, 5), dtype=np.uint8)) for _ in range(rows)],
            "shift": "night",
        }
    )


_PICTURES = [encode_picture(np.full((6, 5), shade, dtype=np.uint8)) for shade in (0, 90, 255)]
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "heat": st.none() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False),
            "part": st.none() | st.sampled_from(["nut", "bolt", "pin", "cog", ""]),
            "wet": st.none() | st.booleans(),
            "image": st.none() | st.sampled_from(_PICTURES),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(rows=_ROWS)
def test_frames_and_rows_give_the_same_block_to_the_bit(rows: list[dict[str, object]]) -> None:
    schema = FeatureSchema.learn(_frame(), KINDS)
    parsed = schema.parse(rows)
    encoded = schema.encode(pd.DataFrame({name: pd.Series([row[name] for row in rows]) for name in rows[0]}))
    assert not parsed.errors
    assert parsed.block.dtype == np.float32
    assert np.array_equal(parsed.block, encoded)
    assert np.isfinite(encoded).all()


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["1", "true"]), min_size=1))
def test_mixed_categories_are_named_alike_in_frames_and_rows(values: list[object]) -> None:
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object), "y": 1.0})
    schema = FeatureSchema.learn(frame, {"x": "categorical", "y": "numeric"})
    rows = [{"x": value, "y": 1.0} for value in values]
    assert np.array_equal(schema.parse(rows).block, schema.encode(frame))
    assert not any(schema.parse(rows).unknown)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_any_finite_numbers_are_learnt_and_encoded_without_nan(values: list[float]) -> None:
    frame = pd.DataFrame({"x": values})
    block = FeatureSchema.learn(frame, {"x": "numeric"}).encode(frame)
    assert np.isfinite(block).all()
    assert np.abs(block).max() <= 10.0


def test_numbers_are_standardised_by_training_rows_and_held_within_ten() -> None:
    schema = FeatureSchema.learn(pd.DataFrame({"x": [1.0, 3.0]}), {"x": "numeric"})
    assert schema.encode(pd.DataFrame({"x": [1.0, 2.0, 1e6, -1e6]}))[:, 0].tolist() == [-1.0, 0.0, 10.0, -10.0]


def test_constant_column_is_centred_and_not_blown_up() -> None:
    schema = FeatureSchema.learn(pd.DataFrame({"x": [0.1] * 7}), {"x": "numeric"})
    assert schema.columns[0].std == 1.0
    assert schema.encode(pd.DataFrame({"x": [0.1, 0.6]}))[:, 0] == pytest.approx([0.0, 0.5])


def test_missing_has_an_indicator_only_where_training_rows_had_missing_values() -> None:
    frame = pd.DataFrame({"a": [1.0, None, 3.0], "b": [1.0, 2.0, 3.0], "c": [True, None, False]})
    schema = FeatureSchema.learn(frame, {"a": "numeric", "b": "numeric", "c": "boolean"})
    assert schema.width == 5
    block = schema.encode(pd.DataFrame({"a": [None], "b": [None], "c": [None]}))
    assert block.tolist() == [[0.0, 0.0, 0.5, 1.0, 1.0]]


def test_column_that_is_always_missing_can_be_learnt() -> None:
    frame = pd.DataFrame({"a": [None, None]})
    assert FeatureSchema.learn(frame, {"a": "numeric"}).encode(frame).tolist() == [[0.0, 1.0]] * 2


def test_rare_categories_share_buckets_and_one_never_seen_is_read_like_them() -> None:
    names = [f"c{i:03}" for i in range(100) for _ in range(2 if i >= 50 else 1)]
    schema = FeatureSchema.learn(pd.DataFrame({"x": names}), {"x": "categorical"})
    assert schema.width == MAX_CATEGORIES + BUCKETS
    assert schema.columns[0].categories[:50] == tuple(f"c{i:03}" for i in range(50, 100))
    block = schema.encode(pd.DataFrame({"x": ["c099", "c049", "never seen", None]}))
    assert block.sum(axis=1).tolist() == [1.0, 1.0, 1.0, 0.0]
    assert block[0].argmax() < MAX_CATEGORIES
    assert block[1].argmax() >= MAX_CATEGORIES
    assert block[2].argmax() >= MAX_CATEGORIES
    parsed = schema.parse([{"x": "c049"}, {"x": "never seen"}, {"x": None}])
    assert np.array_equal(parsed.block, block[1:])
    assert parsed.unknown == (("x",), ("x",), ())
    assert FeatureSchema.from_json(schema.to_json()) == schema


def test_a_category_that_was_missing_in_training_is_a_category_of_its_own() -> None:
    frame = pd.DataFrame({"x": ["a", "b", None, "a"]})
    schema = FeatureSchema.learn(frame, {"x": "categorical"})
    assert schema.encode(frame).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert schema.inputs == {"x": range(3)}
    assert schema.parse([{"x": None}]).block.tolist() == [[0, 0, 1]]


def test_a_schema_of_an_older_bundle_is_read_as_it_was_written() -> None:
    schema = FeatureSchema.learn(pd.DataFrame({"x": ["a", "b"]}), {"x": "categorical"})
    (column,) = cast(list[dict[str, object]], schema.to_json()["columns"])
    assert "buckets" not in column
    assert FeatureSchema.from_json({"columns": [column]}) == schema


def test_unknown_category_is_answered_with_zeros_and_counted() -> None:
    schema = FeatureSchema.learn(pd.DataFrame({"x": ["a", "b"]}), {"x": "categorical"})
    parsed = schema.parse([{"x": "a"}, {"x": "z"}, {"x": None}])
    assert parsed.block.tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    assert parsed.unknown == ((), ("x",), ())


def test_refitting_keeps_width_and_categories_and_moves_the_scale() -> None:
    schema = FeatureSchema.learn(_frame(), KINDS)
    later = _frame(seed=1).assign(heat=lambda frame: frame["heat"] * 3 + 100, part="rivet")
    refitted = schema.refitted(later)
    assert refitted.width == schema.width
    assert refitted.columns[1] == schema.columns[1]
    assert refitted.columns[0].mean == pytest.approx(later["heat"].mean())
    assert refitted.columns[0].missing


def test_picture_comes_first_and_is_standardised_over_all_pixels() -> None:
    pixels = np.zeros((2, 6, 5), dtype=np.uint8)
    pixels[1] = 200
    frame = pd.DataFrame({"x": [1.0, 2.0], "image": [encode_picture(plane) for plane in pixels]})
    schema = FeatureSchema.learn(frame, {"x": "numeric", "image": "picture"})
    block = schema.encode(frame)
    assert schema.width == 31
    assert (block[0, :30] == -1.0).all()
    assert (block[1, :30] == 1.0).all()


def test_json_round_trip_gives_the_same_schema() -> None:
    schema = FeatureSchema.learn(_frame(), KINDS)
    assert FeatureSchema.from_json(schema.to_json()) == schema


@pytest.mark.parametrize(
    ("frame", "kind", "message"),
    [
        (pd.DataFrame({"x": ["1.5", "2"]}), "numeric", "holds '1.5'"),
        (pd.DataFrame({"x": [True, False]}), "numeric", "holds True"),
        (pd.DataFrame({"x": [1.0, float("inf")]}), "numeric", "row 1 is infinite"),
        (pd.DataFrame({"x": [0, 2]}), "boolean", "holds 2"),
        (pd.DataFrame({"x": ["not a picture!"]}), "picture", "not base64"),
        (pd.DataFrame({"x": [None]}), "picture", "no picture"),
        (pd.DataFrame({"y": [1.0]}), "numeric", "missing: add it.*the rows have 'y'"),
        (pd.DataFrame({"x": []}), "numeric", "no rows"),
        (pd.DataFrame({"x": [1.0]}), "carried", "no column that a network could learn from"),
    ],
)
def test_refuses_training_rows_its_kinds_cannot_hold(frame: pd.DataFrame, kind: ColumnKind, message: str) -> None:
    with pytest.raises(DataError, match=message):
        FeatureSchema.learn(frame, {"x": kind})
