"""Fine-tuning begins at given weights, holds the layers it is told to, and says plainly what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from flows.training.pretrained import Pretrained, read_pretrained
from infra.domain.errors import BundleError, TrainingFailed
from infra.domain.values import Answer
from infra.model.bundle import ModelBundle
from tests.unit.flows.training.material import Material, fit_small, same_weights, small_material, small_spec


@pytest.fixture(scope="module")
def earlier() -> ModelBundle:
    return fit_small(small_material(seed=3), small_spec(hidden=[16, 8])).bundle


def _write(bundle: ModelBundle, folder: Path) -> Path:
    config, weights = bundle.pack()
    (folder / "config.json").write_text(config, encoding="utf-8")
    (folder / "weights.safetensors").write_bytes(weights)
    return folder


def _bare(bundle: ModelBundle, folder: Path) -> Path:
    path = folder / "plain.safetensors"
    save_file(bundle.network.state_dict(), path)
    return path


@pytest.mark.parametrize("write", [_write, _bare])
def test_bundle_and_plain_state_dict_are_read_from_disk(
    earlier: ModelBundle, tmp_path: Path, write: Callable[[ModelBundle, Path], Path]
) -> None:
    given = read_pretrained(write(earlier, tmp_path))
    assert (given.bundle is None) is (write is _bare)
    spec = small_spec(hidden=[16, 8], learning_rate=1e-12, epochs=1)
    fitted = fit_small(spec=spec, start=given)
    assert fitted.bundle.provenance["started"] == "pretrained"
    assert fitted.bundle.provenance["start_sha256"] == given.sha256
    for name, tensor in fitted.bundle.network.state_dict().items():
        assert torch.allclose(tensor, earlier.network.state_dict()[name], atol=1e-6), name


def test_given_weights_are_trained_at_the_full_rate(earlier: ModelBundle) -> None:
    given = Pretrained.of(earlier, "version 1")
    fitted = fit_small(spec=small_spec(hidden=[16, 8], learning_rate=0.004), start=given)
    assert fitted.epochs[0].learning_rate == 0.004
    assert not same_weights(fitted.bundle, earlier)


@pytest.mark.parametrize("frozen", [["body.0"], ["body.0.weight", "body.2"], ["body"]])
def test_frozen_layers_keep_their_weights_to_the_bit(earlier: ModelBundle, frozen: list[str]) -> None:
    spec = small_spec(hidden=[16, 8], frozen=frozen)
    fitted = fit_small(spec=spec, start=Pretrained.of(earlier, "version 1"))
    held = [name for name in earlier.network.state_dict() if any(f"{name}.".startswith(f"{one}.") for one in frozen)]
    assert held
    for name, tensor in fitted.bundle.network.state_dict().items():
        assert torch.equal(tensor, earlier.network.state_dict()[name]) is (name in held), name
    warm = fit_small(small_material(seed=8), spec, start=fitted.bundle).bundle  # a later update holds them as well
    assert torch.equal(warm.network.state_dict()[held[0]], earlier.network.state_dict()[held[0]])


def test_frozen_names_that_are_not_there_are_named_with_those_that_are(earlier: ModelBundle) -> None:
    with pytest.raises(TrainingFailed, match=r"'layer4', which this .* it has body, body\.0, body\.2, head"):
        fit_small(spec=small_spec(hidden=[16, 8], frozen=["layer4"]), start=Pretrained.of(earlier, "v"))
    with pytest.raises(TrainingFailed, match=r"holds every layer .*leave at least head out"):
        fit_small(spec=small_spec(hidden=[16, 8], frozen=["body", "head"]), start=Pretrained.of(earlier, "v"))


def test_other_classes_get_a_new_last_layer(earlier: ModelBundle) -> None:
    material = small_material()
    renamed: list[Answer] = ["HIGH" if value == "UP" else "LOW" for value in material.train_target]
    later: list[Answer] = ["HIGH" if value == "UP" else "LOW" for value in material.validation_target]
    fitted = fit_small(
        Material(material.train, renamed, material.validation, later),
        small_spec(hidden=[16, 8], frozen=["body"]),
        start=Pretrained.of(earlier, "version 1"),
    )
    assert fitted.bundle.classes == ("HIGH", "LOW")
    assert fitted.bundle.provenance["start_note"] == "the last layer (head) was begun anew"
    assert torch.equal(
        fitted.bundle.network.state_dict()["body.0.weight"], earlier.network.state_dict()["body.0.weight"]
    )


def test_weights_of_another_architecture_are_refused_with_the_shapes(earlier: ModelBundle) -> None:
    given = Pretrained.of(earlier, "version 1")
    with pytest.raises(TrainingFailed, match=r"weights of version 1 do not fit .*body.0.weight is \(16, 5\), \(9, 5\)"):
        fit_small(spec=small_spec(hidden=[9, 8]), start=given)
    with pytest.raises(TrainingFailed, match=r"body.2.weight \(8, 16\) has no place in it"):
        fit_small(spec=small_spec(hidden=[16]), start=given)


def test_files_that_cannot_be_read_say_what_is_needed(earlier: ModelBundle, tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match=r"there is no weights\.safetensors there: give a folder"):
        read_pretrained(tmp_path)
    with pytest.raises(TrainingFailed, match=r"there is no model.safetensors there"):
        read_pretrained(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(TrainingFailed, match="no safetensors file"):
        read_pretrained(tmp_path / "model.safetensors")
    folder = _write(earlier, tmp_path)
    (folder / "weights.safetensors").write_bytes(b"half of the weights")
    with pytest.raises(BundleError, match="SHA-256"):
        read_pretrained(folder)


def test_frozen_batch_norm_keeps_its_running_figures() -> None:
    spec = small_spec(network=f"{__name__}:build_normed", frozen=["0"])
    first = fit_small(spec=spec, allowed_modules=[__name__]).bundle
    tuned = fit_small(
        small_material(seed=9), spec, start=Pretrained.of(first, "version 1"), allowed_modules=[__name__]
    ).bundle
    assert torch.equal(tuned.network.state_dict()["0.running_mean"], first.network.state_dict()["0.running_mean"])


def build_normed(*, width: int, outputs: int, config: object) -> nn.Module:
    return nn.Sequential(nn.BatchNorm1d(width), nn.Linear(width, outputs))
