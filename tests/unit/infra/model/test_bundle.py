"""A bundle travels as text and bytes, and is checked before it is used."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load, save

from infra.domain.errors import BundleError
from infra.model.bundle import ModelBundle
from infra.model.networks import build_network
from infra.model.schema import FeatureSchema

_CONFIG: dict[str, object] = {"hidden": [8], "dropout": 0.0}


def _bundle(classes: tuple[str, ...] | None = ("bad", "good"), name: str = "mlp") -> ModelBundle:
    frame = pd.DataFrame({"x": np.linspace(-1, 1, 9), "part": list("abcabcabc"), "shift": "night"})
    schema = FeatureSchema.learn(frame, {"x": "numeric", "part": "categorical", "shift": "carried"})
    torch.manual_seed(0)
    network = build_network("mlp", schema=schema, outputs=len(classes) if classes else 1, config=_CONFIG)
    return ModelBundle(
        task="classification" if classes else "regression",
        schema=schema,
        network_name=name,
        network_config=_CONFIG,
        network=network.eval().requires_grad_(False),
        classes=classes,
        target_mean=0.0 if classes else 50.0,
        target_std=1.0 if classes else 10.0,
        temperature=1.5,
        provenance={"started": "scratch", "rows": 9, "parent": None, "score": 0.1},
    ).with_example({"x": 0.5, "part": "b", "shift": "night"})


def _repacked(config: str, **changed: object) -> tuple[str, str]:
    text = json.dumps({**json.loads(config), **changed})
    return text, hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("classes", [("bad", "good"), None])
def test_unpacked_bundle_answers_alike_and_has_the_same_hash(classes: tuple[str, ...] | None) -> None:
    bundle = _bundle(classes)
    loaded = ModelBundle.unpack(*bundle.pack(), bundle.sha256)
    block = bundle.schema.parse([{"x": x / 7, "part": "c"} for x in range(9)]).block
    loaded.prove()
    assert loaded.sha256 == bundle.sha256
    assert loaded.answer(block).values == bundle.answer(block).values
    assert loaded.provenance == bundle.provenance


def test_probabilities_are_tempered_and_sum_to_one() -> None:
    bundle = _bundle()
    block = bundle.schema.parse([{"x": 2.0, "part": "a"}, {"x": -2.0, "part": "b"}]).block
    answers = bundle.answer(block)
    assert answers.probabilities is not None
    assert answers.confidences is not None
    assert answers.probabilities.sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-12)
    assert answers.confidences == tuple(answers.probabilities.max(axis=1))
    sharper = replace(bundle, temperature=0.5).answer(block)
    assert sharper.confidences is not None
    assert all(after > before for after, before in zip(sharper.confidences, answers.confidences, strict=True))


def test_regression_answers_in_the_targets_units() -> None:
    bundle = _bundle(None)
    block = bundle.schema.parse([{"x": 0.3, "part": "a"}]).block
    raw = float(bundle.network(torch.from_numpy(block)))
    assert bundle.answer(block).values[0] == pytest.approx(raw * 10.0 + 50.0)
    assert bundle.answer(block).probabilities is None


def test_large_blocks_are_answered_in_parts_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = _bundle(None)
    block = np.random.default_rng(0).normal(size=(50, bundle.schema.width)).astype(np.float32)
    whole = bundle.answer(block).values
    monkeypatch.setattr("infra.model.bundle._BATCH_VALUES", 7 * bundle.schema.width)
    assert bundle.answer(block).values == pytest.approx(whole)


def test_no_rows_have_no_answers() -> None:
    assert _bundle().answer(np.zeros((0, 4), dtype=np.float32)).values == ()


def test_example_leaves_carried_columns_out() -> None:
    example = _bundle().example
    assert example is not None
    assert set(example.features) == {"x", "part"}


def test_refuses_a_config_that_its_hash_does_not_name() -> None:
    bundle = _bundle()
    config, weights = bundle.pack()
    with pytest.raises(BundleError, match="config has SHA-256"):
        ModelBundle.unpack(config.replace("1.5", "1.6"), weights, bundle.sha256)


def test_refuses_weights_that_are_not_the_configs() -> None:
    bundle = _bundle()
    config, weights = bundle.pack()
    with pytest.raises(BundleError, match="weights have SHA-256"):
        ModelBundle.unpack(config, weights[:-1] + bytes([weights[-1] ^ 1]), bundle.sha256)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"classes": ["bad", "good", "odd"]}, "do not fit its network: 'head.bias'"),
        ({"format": 99}, "format 99"),
        ({"schema": {"columns": [{"name": "x"}]}}, "a column of the bundle's schema"),
        ({"schema": 3}, "lists no columns"),
        ({"network": {"name": "os:system", "config": {}}}, "cannot be built.*does not run"),
        ({"network": {}}, "cannot be read"),
    ],
)
def test_refuses_a_config_it_cannot_use_even_when_hashes_hold(changed: dict[str, object], message: str) -> None:
    config, weights = _bundle().pack()
    text, sha256 = _repacked(config, **changed)
    with pytest.raises(BundleError, match=message):
        ModelBundle.unpack(text, weights, sha256)


@pytest.mark.parametrize("damage", ["nan", "bytes"])
def test_refuses_weights_that_are_no_numbers(damage: str) -> None:
    config, weights = _bundle().pack()
    tensors = load(weights)
    tensors["head.bias"][0] = float("nan")
    weights = save(tensors) if damage == "nan" else b"not safetensors"
    text, sha256 = _repacked(config, weights_sha256=hashlib.sha256(weights).hexdigest())
    with pytest.raises(BundleError, match=r"NaN or infinity|no safetensors"):
        ModelBundle.unpack(text, weights, sha256)


def test_bundle_that_answers_its_example_differently_is_refused() -> None:
    bundle = _bundle()
    with pytest.raises(BundleError, match="answers its example with"):
        replace(bundle, temperature=0.1).prove()
    with pytest.raises(BundleError, match="no example"):
        replace(bundle, example=None).prove()


@pytest.mark.parametrize("damage", ["path", "config", "weights", "truncated"])
def test_nothing_in_a_wrong_bundle_is_read_as_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    (tmp_path / "ks_own_network.py").write_text("raise AssertionError('this was read as code')")
    monkeypatch.syspath_prepend(tmp_path)
    own: dict[str, object] = {"network": {"name": "ks_own_network:build", "config": {}}}
    config, weights = _bundle().pack()
    text, sha256 = _repacked(config, **own)
    allowed = [] if damage == "path" else ["ks_own_network"]
    if damage == "config":
        text = text.replace("1.5", "1.6")
    if damage == "weights":
        weights = _bundle(None).pack()[1]
    if damage == "truncated":
        weights = weights[:-4]
    with pytest.raises(BundleError, match=r"does not run|config has SHA-256|weights have SHA-256"):
        ModelBundle.unpack(text, weights, sha256, allowed)
    assert "ks_own_network" not in sys.modules


def test_refuses_truncated_weights_even_when_hashes_hold() -> None:
    config, weights = _bundle().pack()
    text, sha256 = _repacked(config, weights_sha256=hashlib.sha256(weights[:-4]).hexdigest())
    with pytest.raises(BundleError, match="no safetensors"):
        ModelBundle.unpack(text, weights[:-4], sha256)
