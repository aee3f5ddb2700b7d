"""Precision and compiling: what `auto` means, and that both train."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from flows.training.engine import COMPILE_STEPS, autocast_type, pays_to_compile
from tests.unit.flows.training.material import fit_small, same_weights, small_spec

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def test_auto_is_full_precision_and_uncompiled_on_a_cpu() -> None:
    assert autocast_type("auto", CPU) is None
    assert not pays_to_compile("auto", CPU, steps=10**9)


def test_auto_compiles_a_long_training_on_a_gpu_alone() -> None:
    assert pays_to_compile("auto", GPU, steps=COMPILE_STEPS)
    assert not pays_to_compile("auto", GPU, steps=COMPILE_STEPS - 1)
    assert not pays_to_compile("off", GPU, steps=COMPILE_STEPS)
    assert pays_to_compile("on", CPU, steps=1)


def test_half_precision_trains_with_full_precision_weights() -> None:
    spec = small_spec(precision="bfloat16", device="auto", epochs=3)
    fitted = fit_small(spec=spec)
    assert {tensor.dtype for tensor in fitted.bundle.network.state_dict().values()} == {torch.float32}
    assert fitted.epochs[-1].train_loss < fitted.epochs[0].train_loss
    assert not same_weights(fitted.bundle, fit_small(spec=small_spec(epochs=3)).bundle)


def test_a_compiled_training_gives_a_bundle_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    traced = partial(torch.compile, backend="aot_eager")  # everything but the C++ compiler, which takes a minute
    monkeypatch.setattr(torch, "compile", traced)
    fitted, plain = fit_small(spec=small_spec(compile="on")), fit_small()
    assert set(fitted.bundle.network.state_dict()) == set(plain.bundle.network.state_dict())
    assert fitted.epochs[0].train_loss == pytest.approx(plain.epochs[0].train_loss, rel=1e-3)
