"""A frozen simple model answers as the one it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.training.baseline import SimpleModel, fit_baseline
from flows.training.features import row_features
from flows.training.simple_bundle import freeze
from infra.domain.values import Answer
from infra.model.bundle import ModelBundle
from infra.model.pictures import encode_picture
from infra.model.schema import ColumnKind, FeatureSchema
from infra.spec import ModelSpec

KINDS: dict[str, ColumnKind] = {"heat": "numeric", "wet": "boolean", "part": "categorical", "line": "carried"}


def rule(_: Mapping[str, object]) -> str:
    return "good"


def spec(task: str) -> ModelSpec:
    return ModelSpec.model_validate({"model": "m", "task": task, "data": {"source": "x", "target": "y"}})


def rows(count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    heat = rng.normal(20.0, 5.0, count)
    heat[rng.random(count) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "heat": heat,
            "wet": rng.choice([True, False], count),
            "part": rng.choice(["nut", "pin", "cap"], count),
            "line": "1",
        }
    )


def made(kind: str, task: str, frame: pd.DataFrame, target: Sequence[Answer]) -> tuple[SimpleModel, ModelBundle]:
    kinds = {name: kind for name, kind in KINDS.items() if name in frame}
    schema = FeatureSchema.learn(frame, kinds or {"image": "picture", "x": "numeric"})
    model = fit_baseline(kind, frame, target, spec=spec(task), schema=schema)
    bundle = freeze(model, schema=schema, example=row_features(frame, schema.kinds, 0), provenance={"baseline": kind})
    assert bundle is not None
    loaded = ModelBundle.unpack(*bundle.pack(), bundle.sha256)
    loaded.prove()
    return model, loaded


def answers(bundle: ModelBundle, frame: pd.DataFrame) -> list[Answer]:
    return list(bundle.answer(bundle.schema.encode(frame)).values)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), classes=st.integers(2, 4))
def test_a_frozen_logistic_regression_gives_the_same_classes(seed: int, classes: int) -> None:
    frame, later = rows(120, seed), rows(200, seed + 1)
    rng = np.random.default_rng(seed)
    target: list[Answer] = [str(name) for name in (np.arange(120) + rng.integers(0, 2, 120)) % classes]
    model, bundle = made("logistic_regression", "classification", frame, target)
    assert answers(bundle, later) == model.predict(later)


def test_its_probabilities_are_those_of_the_regression() -> None:
    frame = rows(120, 3)
    for names in (["a", "b"], ["a", "b", "c"]):
        target: list[Answer] = [names[row % len(names)] for row in range(120)]
        model, bundle = made("logistic_regression", "classification", frame, target)
        block = bundle.schema.encode(frame)
        found = bundle.answer(block).probabilities
        assert found == pytest.approx(model.model.predict_proba(block), abs=1e-5)  # type: ignore[attr-defined]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    level=st.floats(-1e9, 1e9, allow_nan=False),
    scale=st.floats(1e-6, 1e6, allow_nan=False),
)
def test_a_frozen_ridge_gives_the_same_numbers(seed: int, level: float, scale: float) -> None:
    frame, later = rows(120, seed), rows(200, seed + 1)
    noise = np.random.default_rng(seed).normal(size=120)
    target: list[Answer] = [float(value) for value in level + scale * (frame["wet"] + 0.3 * noise)]
    model, bundle = made("ridge", "regression", frame, target)
    expected = np.array(model.predict(later), dtype=float)
    slack = 1e-5 * (float(np.ptp(expected)) + 1e-9 * abs(level))
    assert np.array(answers(bundle, later), dtype=float) == pytest.approx(expected, rel=1e-7, abs=slack)


@pytest.mark.parametrize(
    ("kind", "task", "target"),
    [
        ("majority", "classification", ["b", "a", "b"]),
        ("majority", "classification", ["b", "a", "b", "a"]),  # a tie goes to the first name
        ("last_value", "classification", ["b", "a"]),
        ("mean", "regression", [1.0, 2.0, 123456789.123]),
        ("last_value", "regression", [1.0, 2.0, 0.1]),
        ("last_value", "regression", [1.0, 2.0, 1e300]),
    ],
)
def test_a_frozen_constant_gives_its_answer(kind: str, task: str, target: list[Answer]) -> None:
    frame = rows(len(target), 0)
    model, bundle = made(kind, task, frame, target)
    assert answers(bundle, rows(5, 1)) == model.predict(rows(5, 1))


def test_the_majority_is_as_sure_as_it_was_frequent() -> None:
    _, bundle = made("majority", "classification", rows(4, 0), ["b", "a", "b", "b"])
    assert bundle.answer(bundle.schema.encode(rows(1, 0))).confidences == pytest.approx((0.75,))


def test_the_components_of_pictures_are_folded_into_the_weights() -> None:
    rng = np.random.default_rng(0)

    def pictures(count: int) -> pd.DataFrame:
        pixels = rng.integers(60, 140, (count, 16, 16), dtype=np.uint8)
        pixels[::2, 3:8] += 30
        return pd.DataFrame({"image": [encode_picture(plane) for plane in pixels], "x": rng.normal(size=count)})

    frame, later = pictures(80), pictures(60)
    target: list[Answer] = ["scratch", "good"] * 40
    model, bundle = made("logistic_regression", "classification", frame, target)
    assert answers(bundle, later) == model.predict(later)
    assert bundle.schema.width == 257


def test_a_users_rule_is_code_and_cannot_be_frozen() -> None:
    frame = rows(5, 0)
    schema = FeatureSchema.learn(frame, KINDS)
    target: list[Answer] = ["good"] * 5
    model = fit_baseline(
        f"{__name__}:rule", frame, target, spec=spec("classification"), schema=schema, allowed_modules=[__name__]
    )
    assert freeze(model, schema=schema, example=row_features(frame, KINDS, 0), provenance={}) is None
