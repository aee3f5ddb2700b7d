"""The section `learner` of a model file: what network learns, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.spec.section import ImportPath, Section


class Learner(Section):
    """What network learns, and how."""

    network: Literal["mlp", "cnn"] | ImportPath | None = None
    """Omitted: `cnn` when there are pictures, else `mlp`."""
    hidden: list[Annotated[int, Field(ge=1, le=8192)]] = [64, 64]
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    start: Literal["warm", "scratch"] = "warm"
    epochs: Annotated[int, Field(ge=1)] = 40
    patience: Annotated[int, Field(ge=1)] = 6
    """Epochs without improvement on the time-forward validation rows before training stops."""
    batch_size: Annotated[int, Field(ge=1)] = 256
    learning_rate: Annotated[float, Field(gt=0.0)] = 0.002
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.0001
    class_weights: Literal["none", "balanced"] = "balanced"
    """`balanced` weighs classes by the square root of inverse frequency; `none` leaves them."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
