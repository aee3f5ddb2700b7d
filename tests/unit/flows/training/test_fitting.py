"""Training learns, repeats to the bit, resumes to the bit, and says plainly when it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from flows.training import guarding
from flows.training.evaluation import interval_figures, score
from flows.training.fitting import Epoch, balanced_weights, batch_size
from infra.domain.errors import TrainingFailed
from infra.domain.values import Answer
from infra.model.bundle import ModelBundle
from infra.model.pictures import encode_picture
from infra.model.schema import ColumnKind
from infra.spec import ModelSpec
from tests.unit.flows.training.material import (
    KINDS,
    Material,
    classes_of,
    fit_small,
    numbers_of,
    same_weights,
    small_frame,
    small_material,
    small_spec,
)


def build_plain(*, width: int, outputs: int, config: object) -> nn.Module:
    return nn.Linear(width, outputs)


def build_infinite(*, width: int, outputs: int, config: object) -> nn.Module:
    network = nn.Linear(width, outputs)
    nn.init.constant_(network.weight, 1e38)
    return network


def test_classifier_learns_and_its_bundle_travels() -> None:
    fitted, later = fit_small(), small_frame(seed=7)
    answers = fitted.bundle.answer(fitted.bundle.schema.encode(later))
    assert score(answers.values, classes_of(later), spec=small_spec()).value > 0.85
    loaded = ModelBundle.unpack(*fitted.bundle.pack(), fitted.bundle.sha256)
    loaded.prove()
    assert fitted.bundle.classes == ("DOWN", "UP")
    assert fitted.bundle.provenance["snapshot"] == "abc"
    assert fitted.bundle.provenance["started"] == "scratch"
    assert fitted.gpu_seconds is None
    assert fitted.cpu_seconds > 0


def test_regression_learns_in_the_targets_units() -> None:
    spec, later = small_spec("regression", epochs=30), small_frame(seed=7)
    fitted = fit_small(small_material("regression"), spec)
    answers = fitted.bundle.answer(fitted.bundle.schema.encode(later))
    scores = score(answers.values, numbers_of(later), spec=spec)
    assert scores.others["r2"] > 0.9
    assert fitted.epochs[fitted.best_epoch - 1].validation_score == pytest.approx(scores.value, rel=0.5)


def test_pictures_are_learnt_by_the_cnn() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(90, 110, (120, 12, 12), dtype=np.uint8)
    pixels[::2, 4:7, :] = 200
    frame = pd.DataFrame({"image": [encode_picture(plane) for plane in pixels]})
    target: list[Answer] = ["scratch", "good"] * 60
    material = Material(frame[:80], target[:80], frame[80:], target[80:])
    fitted = fit_small(material, small_spec(network="cnn"), kinds={"image": "picture"})
    assert max(epoch.validation_score for epoch in fitted.epochs) == 1.0


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_same_rows_seed_and_start_give_thesame_weights(dropout: float) -> None:
    spec = small_spec(dropout=dropout)
    torch.manual_seed(1)
    first = fit_small(spec=spec)
    torch.manual_seed(2)
    second = fit_small(spec=spec)
    assert first.bundle.sha256 == second.bundle.sha256
    assert not same_weights(first.bundle, fit_small(spec=spec, seed=1).bundle)
    warm = [fit_small(small_material(seed=5), spec, start=first.bundle).bundle for _ in range(2)]
    assert warm[0].sha256 == warm[1].sha256


@pytest.mark.parametrize("warm", [False, True])
def test_resumes_after_a_crash_to_identical_weights(tmp_path: Path, warm: bool) -> None:
    spec = small_spec(dropout=0.2, patience=8)
    start = fit_small(small_material(seed=3), spec).bundle if warm else None
    seen: list[int] = []

    def crash(epoch: Epoch) -> None:
        if epoch.number == 3:
            raise KeyboardInterrupt

    whole = fit_small(spec=spec, start=start)
    with pytest.raises(KeyboardInterrupt):
        fit_small(spec=spec, start=start, on_epoch=crash, checkpoint=tmp_path)
    resumed = fit_small(spec=spec, start=start, on_epoch=lambda epoch: seen.append(epoch.number), checkpoint=tmp_path)
    assert 1 < seen[0] <= 4  # a checkpoint that would cost too much of the time is left out
    assert resumed.bundle.sha256 == whole.bundle.sha256
    assert [epoch.train_loss for epoch in resumed.epochs] == [epoch.train_loss for epoch in whole.epochs]


@pytest.mark.parametrize("change", ["seed", "rows", "damage"])
def test_checkpoint_of_another_training_is_not_resumed(tmp_path: Path, change: str) -> None:
    fit_small(
        checkpoint=tmp_path, material=small_material(seed=9) if change == "rows" else None, seed=int(change == "seed")
    )
    if change == "damage":
        (tmp_path / "checkpoint.safetensors").write_bytes(b"half a file")
    assert fit_small(checkpoint=tmp_path).bundle.sha256 == fit_small().bundle.sha256


def test_stops_early_and_keeps_the_best_weights() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60)})
    noise: list[Answer] = [str(value) for value in rng.integers(0, 2, 60)]
    material = Material(frame[:40], noise[:40], frame[40:], noise[40:])
    spec = small_spec(epochs=200, patience=4, learning_rate=0.02)
    fitted = fit_small(material, spec, kinds={"a": "numeric"})
    assert len(fitted.epochs) == fitted.best_epoch + 4 < 200
    best = min(fitted.epochs, key=lambda epoch: epoch.validation_loss)
    assert best.number == fitted.best_epoch
    answers = fitted.bundle.answer(fitted.bundle.schema.encode(frame[40:]))
    assert score(answers.values, noise[40:], spec=spec).value == pytest.approx(best.validation_score)


def test_warm_start_refits_the_scaler_and_keeps_what_was_learnt() -> None:
    first = fit_small(spec=small_spec(epochs=30)).bundle
    moved = small_material(seed=4)
    moved = Material(
        moved.train.assign(a=moved.train["a"] + 50),
        moved.train_target,
        moved.validation.assign(a=moved.validation["a"] + 50),
        moved.validation_target,
    )
    warm = fit_small(moved, small_spec(epochs=1), start=first)
    scratch = fit_small(moved, small_spec(epochs=1))
    assert warm.bundle.provenance["started"] == "warm"
    assert warm.bundle.provenance["start_sha256"] == first.sha256
    assert warm.bundle.schema.columns[0].mean == pytest.approx(50, abs=1)
    assert warm.epochs[0].validation_loss < scratch.epochs[0].validation_loss
    assert warm.epochs[0].learning_rate == scratch.epochs[0].learning_rate / 2


def test_warm_start_that_cannot_be_improved_is_kept_as_it_was() -> None:
    material = small_material()
    first = fit_small(material, small_spec(epochs=40, patience=40)).bundle
    again = fit_small(material, small_spec(learning_rate=5.0, patience=2), start=first)
    assert again.best_epoch == 0
    assert same_weights(again.bundle, first)


def test_new_class_widens_the_last_layer_and_keeps_the_old_rows() -> None:
    first, material = fit_small().bundle, small_material(seed=5)
    target: list[Answer] = ["FLAT" if place % 5 == 0 else value for place, value in enumerate(material.train_target)]
    widened = fit_small(
        Material(material.train, target, material.validation, material.validation_target),
        small_spec(learning_rate=1e-12),
        start=first,
    ).bundle
    assert widened.classes == ("DOWN", "UP", "FLAT")
    assert widened.provenance["start_note"] == "the last layer was widened by 'FLAT'"
    old, new = first.network.state_dict()["head.weight"], widened.network.state_dict()["head.weight"]
    assert new.shape[0] == 3
    assert torch.allclose(new[:2], old, atol=1e-6)


@pytest.mark.parametrize(
    ("spec", "kinds", "note"),
    [
        (small_spec(hidden=[4]), KINDS, "another network"),
        (small_spec(), {"a": "numeric"}, "other columns"),
        (small_spec("regression"), KINDS, "task is classification"),
    ],
)
def test_warm_start_that_does_not_fit_starts_from_scratch_and_says_why(
    spec: ModelSpec, kinds: dict[str, ColumnKind], note: str
) -> None:
    fitted = fit_small(small_material(spec.task), spec, kinds=kinds, start=fit_small().bundle)
    assert fitted.bundle.provenance["started"] == "scratch"
    assert note in str(fitted.bundle.provenance["start_note"])


def test_warm_regression_keeps_the_targets_scale_until_it_moves_far() -> None:
    spec, material = small_spec("regression"), small_material("regression")
    first = fit_small(material, spec).bundle
    for factor, kept in ((1.2, True), (100.0, False)):
        scaled: list[Answer] = [float(value) * factor for value in material.train_target]
        later = Material(material.train, scaled, material.validation, scaled[:80])
        assert (fit_small(later, spec, start=first).bundle.target_std == first.target_std) is kept


@pytest.mark.parametrize(
    ("target", "task", "message"),
    [
        (["UP"] * 240, "classification", "all 240 training rows are 'UP'"),
        ([5.0] * 240, "regression", "all 240 training targets are 5"),
        ([float("nan")] * 240, "regression", "NaN or infinity"),
        (["UP", "DOWN"], "classification", "240 training rows with 2 targets"),
        (["A", "B"] * 120, "classification", "none of 80 validation rows has a class"),
    ],
)
def test_refuses_rows_with_nothing_to_learn(target: list[Answer], task: str, message: str) -> None:
    material = small_material()
    wrong = Material(material.train, target, material.validation, material.validation_target)
    with pytest.raises(TrainingFailed, match=message):
        fit_small(wrong, small_spec(task))


def test_refuses_to_train_without_validation_rows() -> None:
    material = small_material("regression")
    with pytest.raises(TrainingFailed, match="no validation rows"):
        fit_small(
            Material(material.train, material.train_target, material.validation[:0], []), small_spec("regression")
        )


def test_loss_that_is_not_finite_is_a_verdict() -> None:
    with pytest.raises(TrainingFailed, match=r"epoch 1: the loss is .*lower learner.learning_rate"):
        fit_small(spec=small_spec(network=f"{__name__}:build_infinite"), allowed_modules=[__name__])


def test_exploded_gradients_are_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "EXPLODED_NORM", 1e-9)
    with pytest.raises(TrainingFailed, match="gradients exploded"):
        fit_small()


def test_gpu_that_is_not_there_is_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(TrainingFailed, match="finds no GPU"):
        fit_small(spec=small_spec(device="cuda"))


def test_own_network_is_trained_and_loaded_when_its_module_is_allowed() -> None:
    fitted = fit_small(spec=small_spec(network=f"{__name__}:build_plain"), allowed_modules=[__name__])
    ModelBundle.unpack(*fitted.bundle.pack(), fitted.bundle.sha256, [__name__]).prove()


def test_threads_and_random_state_of_the_process_are_put_back() -> None:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    fit_small()
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_class_weights_are_the_root_of_inverse_frequency_with_mean_one() -> None:
    places = torch.tensor([0] * 90 + [1] * 10)
    weights = balanced_weights(places, 3)
    assert float(weights[1] / weights[0]) == pytest.approx(3.0)
    assert float(weights[places].mean()) == pytest.approx(1.0)
    assert float(weights[2]) == 1.0


@pytest.mark.parametrize(
    ("asked", "rows", "pictures", "expected"),
    [
        (256, 400, False, 256),  # tables gain nothing from smaller ones
        (256, 1_280, True, 64),
        (256, 100, True, 32),  # batch norm needs some rows
        (16, 1_280, True, 16),  # never more than asked
        (256, 100_000, True, 256),
    ],
)
def test_few_pictures_get_smaller_batches(asked: int, rows: int, pictures: bool, expected: int) -> None:
    assert batch_size(asked, rows, pictures=pictures) == expected


def test_regression_bundle_carries_an_interval_that_holds_on_later_rows() -> None:
    spec, later = small_spec("regression", epochs=30), small_frame(400, seed=7)
    noisy = small_material("regression")
    rng = np.random.default_rng(1)
    train: list[Answer] = [float(value) + rng.normal(0, 5) for value in noisy.train_target]
    validation: list[Answer] = [float(value) + rng.normal(0, 5) for value in noisy.validation_target]
    bundle = fit_small(Material(noisy.train, train, noisy.validation, validation), spec).bundle
    assert bundle.interval is not None
    truth: list[Answer] = [float(value) + rng.normal(0, 5) for value in numbers_of(later)]
    figures = interval_figures(bundle, bundle.answer(bundle.schema.encode(later)).values, truth)
    assert figures["interval_coverage_promised"] == 0.9
    assert figures["holdout_interval_coverage"] == pytest.approx(0.9, abs=0.07)
    assert 5.0 < figures["interval_half_width"] < 15.0  # 1.64 deviations of the noise, and the network's own error
    travelled = ModelBundle.unpack(*bundle.pack(), bundle.sha256)
    assert travelled.interval == bundle.interval
    assert fit_small().bundle.interval is None


@pytest.mark.parametrize("network", ["mlp", "residual_mlp"])
def test_embedded_categories_are_learnt_travel_and_start_warm(network: str) -> None:
    spec = small_spec(network=network, embedding=2, epochs=12)
    fitted = fit_small(spec=spec)
    assert max(epoch.validation_score for epoch in fitted.epochs) > 0.8
    loaded = ModelBundle.unpack(*fitted.bundle.pack(), fitted.bundle.sha256)
    loaded.prove()
    assert fit_small(small_material(seed=5), spec, start=loaded).bundle.provenance["started"] == "warm"
