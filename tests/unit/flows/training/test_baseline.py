"""The simple models a network has to beat."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from flows.training import baseline
from flows.training.baseline import Linear, fit_baseline
from infra.domain.errors import DataError, Refused
from infra.domain.values import Answer
from infra.model.pictures import encode_picture
from infra.model.schema import FeatureSchema
from infra.spec import ModelSpec


def hot_is_bad(features: Mapping[str, object]) -> str:
    assert set(features) == {"heat", "part"}
    heat = features["heat"]
    return "bad" if isinstance(heat, float) and heat > 0 else "good"


def careless(features: Mapping[str, object]) -> object:
    return features["absent"]


def nonsense(features: Mapping[str, object]) -> object:
    return None


def _spec(task: str = "classification") -> ModelSpec:
    return ModelSpec.model_validate({"model": "m", "task": task, "data": {"source": "x", "target": "y"}})


def _rows(rows: int = 200, seed: int = 0) -> tuple[pd.DataFrame, FeatureSchema]:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"heat": rng.normal(size=rows), "part": rng.choice(["nut", "pin"], rows)})
    return frame, FeatureSchema.learn(frame, {"heat": "numeric", "part": "categorical"})


def _labels(frame: pd.DataFrame) -> list[Answer]:
    return ["bad" if value > 0 else "good" for value in frame["heat"]]


def test_logistic_regression_learns_a_linear_border() -> None:
    frame, schema = _rows()
    model = fit_baseline("logistic_regression", frame, _labels(frame), spec=_spec(), schema=schema)
    later, _ = _rows(seed=1)
    assert np.mean([a == b for a, b in zip(model.predict(later), _labels(later), strict=True)]) > 0.95


def test_ridge_learns_a_line() -> None:
    frame, schema = _rows()
    target: list[Answer] = [float(value) for value in 3 * frame["heat"] + 5 * (frame["part"] == "nut")]
    model = fit_baseline("ridge", frame, target, spec=_spec("regression"), schema=schema)
    assert model.predict(frame) == pytest.approx(target, abs=0.2)


def test_solver_that_did_not_finish_is_recorded_and_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "_MAX_ITERATIONS", 1)
    frame, schema = _rows()
    model = fit_baseline("logistic_regression", frame, _labels(frame), spec=_spec(), schema=schema)
    assert isinstance(model, Linear)
    assert not model.converged


def test_pictures_are_reduced_before_the_linear_model() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(90, 110, (80, 16, 16), dtype=np.uint8)
    pixels[::2, 3:8] = 180
    frame = pd.DataFrame({"image": [encode_picture(plane) for plane in pixels], "x": 1.0})
    schema = FeatureSchema.learn(frame, {"image": "picture", "x": "numeric"})
    target: list[Answer] = ["scratch", "good"] * 40
    model = fit_baseline("logistic_regression", frame, target, spec=_spec(), schema=schema)
    assert isinstance(model, Linear)
    assert model.model.n_features_in_ == 51
    assert model.predict(frame) == target


@pytest.mark.parametrize(
    ("kind", "task", "target", "expected"),
    [
        ("majority", "classification", [1, 0, 0, 1], "0"),  # a tie goes to the first name
        ("mean", "regression", [1.0, 2.0, 3.0, 6.0], 3.0),
        ("last_value", "regression", [1.0, 2.0, 3.0, 6.0], 6.0),
        ("last_value", "classification", [0, 1, 0, 2], "2"),
    ],
)
def test_constant_baselines(kind: str, task: str, target: list[Answer], expected: Answer) -> None:
    frame, schema = _rows(4)
    assert fit_baseline(kind, frame, target, spec=_spec(task), schema=schema).predict(frame[:2]) == [expected] * 2


def test_own_rule_sees_one_rows_features_when_its_module_is_allowed() -> None:
    frame, schema = _rows()
    kind = f"{__name__}:hot_is_bad"
    with pytest.raises(Refused, match="baseline names the module"):
        fit_baseline(kind, frame, _labels(frame), spec=_spec(), schema=schema)
    model = fit_baseline(kind, frame, _labels(frame), spec=_spec(), schema=schema, allowed_modules=[__name__])
    assert model.predict(frame) == _labels(frame)


def test_own_rule_that_answers_nonsense_is_an_error() -> None:
    frame, schema = _rows()
    model = fit_baseline(
        f"{__name__}:nonsense", frame, _labels(frame), spec=_spec(), schema=schema, allowed_modules=[__name__]
    )
    with pytest.raises(DataError, match="answered None"):
        model.predict(frame)


def test_own_rule_that_raises_is_an_error_that_shows_the_row() -> None:
    frame, schema = _rows()
    model = fit_baseline(
        f"{__name__}:careless", frame, _labels(frame), spec=_spec(), schema=schema, allowed_modules=[__name__]
    )
    with pytest.raises(DataError, match=r"rule raised KeyError: 'absent', given \{'"):
        model.predict(frame)


def test_refuses_one_class_and_no_rows() -> None:
    frame, schema = _rows(3)
    with pytest.raises(DataError, match="all 3 rows are 'a'"):
        fit_baseline("logistic_regression", frame, ["a", "a", "a"], spec=_spec(), schema=schema)
    with pytest.raises(DataError, match="0 rows"):
        fit_baseline("majority", frame[:0], [], spec=_spec(), schema=schema)
