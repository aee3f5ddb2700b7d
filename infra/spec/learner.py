"""The section `learner` of a model file: what network learns, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.spec.section import ImportPath, Section, Share

Checkpoint = Annotated[
    str,
    Field(
        pattern=r"/|\.safetensors$",
        json_schema_extra={
            "accepted": "the path of a checkpoint (a folder with config.json and weights.safetensors, written with a "
            "`/`, or a .safetensors file)"
        },
    ),
]
Version = Annotated[int, Field(ge=1, json_schema_extra={"accepted": "the number of a version of this model"})]


class Learner(Section):
    """What network learns, and how."""

    network: Literal["mlp", "residual_mlp", "cnn"] | ImportPath | None = None
    """The architecture, or a function that builds one; omitted: `cnn` when there are pictures, else `mlp`."""
    hidden: list[Annotated[int, Field(ge=1, le=8192)]] = [64, 64]
    """Width of each hidden layer; of a `cnn`, of those behind its convolutions."""
    embedding: Annotated[int, Field(ge=1, le=256)] | None = None
    """Size of a category's vector; omitted: as wide as the first hidden layer, which reads categories directly."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of the hidden values that is left out at random while it trains."""
    start: Literal["warm", "scratch"] | Checkpoint | Version = "warm"
    """`warm`: from the champion's weights; `scratch`; or fine-tuning: a first training and one from scratch begin
    at this checkpoint, later ones are warm. A path is relative to the model file."""
    frozen: list[str] = []
    """Modules and parameters that keep the weights they start from, by the beginning of their names: `[body.0]`."""
    epochs: Annotated[int, Field(ge=1)] = 40
    """Passes over the training rows, at most."""
    patience: Annotated[int, Field(ge=1)] = 6
    """Epochs without improvement on the time-forward validation rows before training stops."""
    batch_size: Annotated[int, Field(ge=1)] = 256
    """Rows of one step."""
    learning_rate: Annotated[float, Field(gt=0.0)] = 0.002
    """The height of the schedule."""
    schedule: Literal["constant", "cosine", "plateau", "one_cycle"] = "constant"
    """How the learning rate goes over the epochs; `plateau` halves it when the validation loss stands still."""
    warm_up: Share = 0.0
    """Share of all steps in which the learning rate rises to its full height."""
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.0001
    """How strongly weights are drawn towards nought (AdamW)."""
    clip_norm: Annotated[float, Field(gt=0.0)] | None = 5.0
    """Gradients longer than this are scaled down to it; `null` leaves them."""
    class_weights: Literal["none", "balanced"] = "balanced"
    """`balanced` weighs classes by the square root of inverse frequency; `none` leaves them."""
    augment: Literal["none", "light", "strong"] = "none"
    """Pictures are shifted, mirrored and lit differently in training; `strong` also stands them on their heads."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where it trains; `auto`: on a GPU where there is one."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """`auto`: bfloat16 products on a GPU that has them, else float32."""
    compile: Literal["auto", "off", "on"] = "auto"
    """`auto`: where torch.compile pays, which a small training on a CPU never does."""
    processes: Annotated[int, Field(ge=1, le=1024)] = 1
    """Processes that train together, each on its share of every batch: one a core, or one a GPU."""
    engine: Literal["torchrun", "ray"] = "torchrun"
    """What starts them: `torchrun` on this machine, or Ray Train (`pip install 'keepsharp[ray]'`)."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """What everything that is drawn at random starts from."""
