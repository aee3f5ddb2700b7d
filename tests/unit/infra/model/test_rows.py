"""Rows of a request are read strictly: a wrong one is refused with its field, the others are answered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from infra.model.pictures import encode_picture
from infra.model.schema import FeatureSchema, ParsedRows

_PICTURE = encode_picture(np.zeros((4, 4), dtype=np.uint8))
_GOOD: dict[str, object] = {"heat": 1, "part": "nut", "wet": True, "image": _PICTURE, "shift": "night"}


@pytest.fixture(scope="module")
def schema() -> FeatureSchema:
    frame = pd.DataFrame(
        {"heat": [1.0, 2.0], "part": ["nut", "pin"], "wet": [True, False], "image": _PICTURE, "shift": "night"}
    )
    return FeatureSchema.learn(
        frame,
        {"heat": "numeric", "part": "categorical", "wet": "boolean", "image": "picture", "shift": "carried"},
    )


def _parse(schema: FeatureSchema, **changed: object) -> ParsedRows:
    return schema.parse([_GOOD, {**_GOOD, **changed}, _GOOD])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("heat", "1.5", "the text '1.5': give a number or null"),
        ("heat", True, "true: give a number or null"),
        ("heat", float("nan"), "nan: give a finite number"),
        ("heat", float("-inf"), "-inf: give a finite number"),
        ("heat", 10**400, "too large"),
        ("heat", [1.0], "a list: give a number"),
        ("part", {"a": 1}, "an object: give text"),
        ("part", float("nan"), "finite number"),
        ("part", "x" * 1_001, "1001 characters; at most 1000"),
        ("wet", "true", "the text 'true': give true, false or null"),
        ("wet", 2, "2: give true, false or null"),
        ("shift", ["night"], "a list"),
        ("image", "%%%", "not base64"),
        ("image", 7, "not int"),
        ("image", encode_picture(np.zeros((4, 5), dtype=np.uint8)), "4 × 5 grey; 4 × 4 grey is needed"),
        ("image", encode_picture(np.zeros((4, 4, 3), dtype=np.uint8)), "4 × 4 RGB; 4 × 4 grey is needed"),
    ],
)
def test_wrong_value_refuses_its_row_alone(schema: FeatureSchema, field: str, value: object, message: str) -> None:
    parsed = _parse(schema, **{field: value})
    assert parsed.good == (0, 2)
    assert len(parsed.block) == 2
    (error,) = parsed.errors
    assert (error.row, error.field) == (1, field)
    assert message in error.problem


def test_null_is_a_missing_value_everywhere(schema: FeatureSchema) -> None:
    parsed = schema.parse([dict.fromkeys(_GOOD, None)])
    assert parsed.good == (0,)
    assert parsed.block[0].tolist() == [0.0] * 16 + [0.0, 0.5] + [0.0, 0.0]


def test_absent_feature_is_an_error_naming_it(schema: FeatureSchema) -> None:
    (error,) = schema.parse([{"part": "nut", "image": None}]).errors
    assert error.field == "heat"
    assert "heat, wet" in error.problem


def test_carried_column_may_be_absent_and_stays_with_the_row(schema: FeatureSchema) -> None:
    without = {name: value for name, value in _GOOD.items() if name != "shift"}
    parsed = schema.parse([without, _GOOD])
    assert not parsed.errors
    assert parsed.features[1]["shift"] == "night"
    assert np.array_equal(parsed.block[0], parsed.block[1])


def test_extra_key_is_an_error_naming_the_accepted_ones(schema: FeatureSchema) -> None:
    (error,) = schema.parse([{**_GOOD, "weight": 3}]).errors
    assert error.field == "weight"
    assert "heat, image, part, shift, wet" in error.problem


def test_row_that_is_no_object_is_an_error(schema: FeatureSchema) -> None:
    rows: list[dict[str, object]] = [[1, 2], None]  # type: ignore[list-item]  # what a client may send
    errors = schema.parse(rows).errors
    assert [(error.row, error.field) for error in errors] == [(0, None), (1, None)]
    assert "a list: give an object" in errors[0].problem


def test_no_rows_give_an_empty_block(schema: FeatureSchema) -> None:
    assert schema.parse([]).block.shape == (0, schema.width)
