from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from flows.training.corrections.moved import moved_by, parts_of_truth, saliency_picture, unknown_row
from flows.training.corrections.readings import places_of
from infra.model.bundle import ModelBundle
from infra.model.pictures import encode_picture
from tests.unit.flows.training.material import (
    classes_of,
    fit_small,
    small_frame,
    small_material,
    small_spec,
)


def truth_said(bundle: ModelBundle, block: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The log-odds of the truth as served, or the answer itself."""
    answers = bundle.answer(block)
    if answers.probabilities is None:
        return np.array(answers.values, dtype=np.float64)
    own = answers.probabilities[np.arange(len(block)), places]
    odds: np.ndarray = np.log(own) - np.log1p(-own)
    return odds


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_parts_of_a_row_sum_to_what_sets_it_apart_from_a_row_of_which_nothing_is_known(task: str) -> None:
    """Completeness (Sundararajan et al. 2017, proposition 1), to the error of 16 steps."""
    bundle = fit_small(small_material(task), small_spec(task)).bundle
    frame = small_frame(60, seed=3)
    block, places = bundle.schema.encode(frame), np.zeros(60, dtype=np.int64)
    if bundle.classes is not None:
        places = places_of(classes_of(frame), bundle.classes)
    parts = parts_of_truth(bundle, block, places)
    nothing = np.repeat(unknown_row(bundle.schema), 60, axis=0)
    apart = truth_said(bundle, block, places) - truth_said(bundle, nothing, places)
    assert parts.shape == block.shape
    assert np.abs(parts.sum(axis=1) - apart).mean() < 0.05 * np.abs(apart).mean()


def test_the_features_that_speak_are_named_and_one_that_does_not_comes_last() -> None:
    bundle = fit_small(small_material("regression"), small_spec("regression", epochs=30)).bundle
    frame = small_frame(40, seed=5)
    parts = parts_of_truth(bundle, bundle.schema.encode(frame), np.zeros(40, dtype=np.int64))
    rows = [moved_by({"a": 1.0}, None, (bundle.schema, row)) for row in parts]
    assert {one.feature for row in rows for one in row} == {"a", "b", "part"}  # `shift` is carried, and no input
    sizes = {name: np.mean([abs(one.after) for row in rows for one in row if one.feature == name]) for name in "ab"}
    assert sizes["b"] < 0.3 * sizes["a"]
    assert rows[0][0].value in (1.0, None)


def test_what_changed_most_is_named_first() -> None:
    bundle = fit_small().bundle
    width = bundle.schema.width
    before, after = np.zeros(width), np.zeros(width)
    places = bundle.schema.inputs
    before[places["a"][0]], after[places["a"][0]], after[places["part"][1]] = 2.0, 2.25, -1.0
    found = moved_by({"part": "nut"}, (bundle.schema, before), (bundle.schema, after))
    assert [(one.feature, one.value, one.change) for one in found[:2]] == [("part", "nut", -1.0), ("a", None, 0.25)]


def test_a_picture_is_brightest_where_its_answer_hung_on_it() -> None:
    frame = pd.DataFrame({"image": [encode_picture(np.full((6, 8, 1), grey, dtype=np.uint8)) for grey in (0, 255)]})
    schema = fit_small().bundle.schema.learn(frame, {"image": "picture"})
    parts = np.zeros(schema.width)
    parts[2 * 8 + 5] = -3.0
    text = saliency_picture(schema, parts)
    assert text is not None
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))
    assert shown.shape == (6, 8)
    assert {(row, column) for row, column in zip(*np.nonzero(shown == 255), strict=True)} == {
        (row, column) for row in (1, 2, 3) for column in (4, 5, 6)
    }
    assert saliency_picture(fit_small().bundle.schema, parts) is None
