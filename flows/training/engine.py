"""How the arithmetic is done: which device, in which precision, compiled or not.

`torch.compile` was measured on two CPU cores: on 25,000 rows of 20 columns it costs about 5 s before the first step
and saves nothing after it, so that on a CPU it is left alone unless asked for. On a GPU small networks are bound by
the launch of their kernels, which compiling joins; there it must have many steps to earn its first seconds back.
"""

from __future__ import annotations

from typing import Literal

import torch

from infra.domain.errors import TrainingFailed

COMPILE_STEPS = 20_000
"""Planned steps on a GPU from which compiling is tried; estimated, since no GPU was at hand to measure it."""


def device_for(asked: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """Raises TrainingFailed when a GPU is asked for and there is none."""
    available = torch.cuda.is_available()
    if asked == "cuda" and not available:
        raise TrainingFailed("learner.device is `cuda`, but torch finds no GPU here: use `auto` or `cpu`")
    return torch.device("cuda" if available and asked != "cpu" else "cpu")


def autocast_type(asked: Literal["auto", "float32", "bfloat16"], device: torch.device) -> torch.dtype | None:
    """Type of the products in training, None for float32. bfloat16 has float32's range and needs no loss scaling."""
    if asked == "auto":
        asked = "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float32"
    return torch.bfloat16 if asked == "bfloat16" else None


def pays_to_compile(asked: Literal["auto", "off", "on"], device: torch.device, *, steps: int) -> bool:
    """Whether to compile the network for a training of `steps` steps at most."""
    return asked == "on" or (asked == "auto" and device.type == "cuda" and steps >= COMPILE_STEPS)
