"""Pictures move and are lit differently, by the seed alone, and nothing else of a row changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from flows.training.augmentation import Augmentation, Strength, augmentation_for
from flows.training.checkpoint import Cadence
from infra.domain.values import Answer
from infra.model.pictures import encode_picture
from tests.unit.flows.training.material import Material, fit_small, same_weights, small_spec
from tests.unit.flows.training.test_resuming import Power

SHAPE = (6, 8, 1)


def _block(rows: int = 40) -> Tensor:
    block = torch.randn(rows, 50, generator=torch.Generator().manual_seed(0))
    block[3, :48] = 0.0  # a missing picture
    return block


def _changed(block: Tensor, strength: Strength = "light", seed: int = 0) -> Tensor:
    chosen = augmentation_for(strength, SHAPE)
    assert chosen is not None
    return chosen.apply(block, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("strength", ["light", "strong"])
def test_columns_beside_the_picture_and_missing_pictures_stay(strength: Strength) -> None:
    block = _block()
    changed = _changed(block, strength)
    assert torch.equal(changed[:, 48:], block[:, 48:])
    assert torch.equal(changed[3], block[3])
    assert not torch.allclose(changed[0, :48], block[0, :48])


def test_the_same_seed_gives_the_same_pictures() -> None:
    block = _block()
    assert torch.equal(_changed(block), _changed(block))
    assert not torch.equal(_changed(block), _changed(block, seed=1))


def test_mirroring_turns_left_and_right_and_nothing_else() -> None:
    mirror = Augmentation(shape=SHAPE, shift=0.0, mirror=1.0, flip=0.0, contrast=0.0, brightness=0.0)
    block = _block()
    found = mirror.apply(block, torch.Generator())[:, :48].reshape(-1, *SHAPE)
    assert torch.equal(found, block[:, :48].reshape(-1, *SHAPE).flip(2))


def test_shifts_repeat_the_edge() -> None:
    shift = Augmentation(shape=SHAPE, shift=0.5, mirror=0.0, flip=0.0, contrast=0.0, brightness=0.0)
    block = torch.arange(48.0)[None, :].repeat(200, 1)
    found = shift.apply(block, torch.Generator().manual_seed(0)).reshape(200, 6, 8)
    steps = found[:, :, 1:] - found[:, :, :-1]
    assert set(steps.flatten().tolist()) == {0.0, 1.0}  # a neighbour, or the edge again
    assert found.min() == 0.0
    assert found.max() == 47.0


def test_tables_and_none_are_left_alone() -> None:
    assert augmentation_for("none", SHAPE) is None
    assert augmentation_for("strong", None) is None


def test_augmented_training_repeats_and_resumes_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cadence, "due", lambda self, *, between_epochs: True)
    rng = np.random.default_rng(0)
    pixels = rng.integers(90, 110, (60, 8, 8), dtype=np.uint8)
    pixels[::2, 3:5, :] = 200
    frame = pd.DataFrame({"image": [encode_picture(plane) for plane in pixels]})
    target: list[Answer] = ["scratch", "good"] * 30
    material = Material(frame[:40], target[:40], frame[40:], target[40:])
    spec = small_spec(network="cnn", epochs=2, augment="light")
    whole = fit_small(material, spec, kinds={"image": "picture"}).bundle
    with pytest.raises(KeyboardInterrupt):
        fit_small(material, spec, kinds={"image": "picture"}, observer=Power(2), checkpoint=tmp_path)
    resumed = fit_small(material, spec, kinds={"image": "picture"}, checkpoint=tmp_path).bundle
    assert resumed.sha256 == whole.sha256
    plain = fit_small(material, small_spec(network="cnn", epochs=2), kinds={"image": "picture"}).bundle
    assert not same_weights(plain, whole)
