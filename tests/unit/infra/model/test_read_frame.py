"""A table that was read once gives the very schema, block and weights that its pandas frame gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from flows.training.fitting import fit
from infra.domain.errors import DataError
from infra.model.columns import ColumnKind
from infra.model.pictures import encode_picture
from infra.model.read_frame import ReadFrame
from infra.model.schema import FeatureSchema
from infra.spec.reading import parse_spec

KINDS: dict[str, ColumnKind] = {"x": "numeric", "on": "boolean", "shift": "categorical", "note": "carried"}
SPEC = parse_spec("model: m\ntask: classification\ndata: {source: f.csv, target: t}\nlearner: {epochs: 3}", "m")


def table(rows: int = 200) -> pd.DataFrame:
    chance = np.random.default_rng(3)
    x = chance.normal(5.0, 2.0, rows)
    x[::17] = np.nan
    shift = np.array(["early", "late", "night", None], dtype=object)[chance.integers(0, 4, rows)]
    on = np.array([True, False, None], dtype=object)[chance.integers(0, 3, rows)]
    return pd.DataFrame({"x": x, "on": on, "shift": shift, "note": ["n"] * rows})


def test_some_rows_are_learnt_and_encoded_to_the_last_bit() -> None:
    frame, places = table(), np.array([5, 3, 150, 17, 60, 61, 62])
    read = ReadFrame.read(frame, KINDS).take(places)
    taken = frame.iloc[places].reset_index(drop=True)
    schema = FeatureSchema.learn(taken, KINDS)
    assert FeatureSchema.learn(read, KINDS) == schema
    assert schema.refitted(read) == schema.refitted(taken)
    assert np.array_equal(schema.encode(read), schema.encode(taken))


def test_pictures_are_decoded_once_and_learnt_alike() -> None:
    chance = np.random.default_rng(1)
    frame = pd.DataFrame({"image": [encode_picture(p) for p in chance.integers(0, 256, (6, 8, 8), dtype=np.uint8)]})
    frame.loc[2, "image"] = None
    read, places = ReadFrame.read(frame, {"image": "picture"}), np.array([4, 2, 1])
    taken = frame.iloc[places].reset_index(drop=True)
    schema = FeatureSchema.learn(taken, {"image": "picture"})
    assert FeatureSchema.learn(read.take(places), {"image": "picture"}) == schema
    assert np.array_equal(schema.encode(read.take(places)), schema.encode(taken))


def test_a_training_on_it_gives_the_same_weights() -> None:
    frame = table()
    target = ["a" if value > 5.0 else "b" for value in frame["x"].fillna(5.0)]
    read, first, last = ReadFrame.read(frame, KINDS), np.arange(150), np.arange(150, 200)
    shared = {"spec": SPEC, "kinds": KINDS, "start": None, "seed": 4, "provenance": {}}
    plain = fit(frame.iloc[:150], target[:150], frame.iloc[150:], target[150:], **shared)  # type: ignore[arg-type]
    lean = fit(read.take(first), target[:150], read.take(last), target[150:], **shared)  # type: ignore[arg-type]
    assert lean.bundle.sha256 == plain.bundle.sha256


def test_a_column_read_as_another_kind_is_refused() -> None:
    read = ReadFrame.read(table(), KINDS)
    with pytest.raises(DataError, match="read as another kind"):
        FeatureSchema.learn(read, {"shift": "numeric"})
    with pytest.raises(DataError, match="column 'y' is missing"):
        FeatureSchema.learn(read, {"y": "numeric"})
