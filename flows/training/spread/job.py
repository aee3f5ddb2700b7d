"""What several processes need to know of one training, in a folder that all of them can read, and what they say back.

Tensors travel as safetensors and plain arrays, everything else as JSON; nothing that is read is run as code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from flows.training.beginning import Beginning, network_config
from flows.training.blocks import MAPPED_BYTES
from flows.training.observing import Epoch, Observer
from flows.training.plan import Rows
from infra.model.networks import build_network
from infra.model.schema import FeatureSchema
from infra.spec import ModelSpec

Part = Literal["train", "validation"]
_JOB, _WEIGHTS, _RESULT, _SAID = "job.json", "start.safetensors", "result.safetensors", "said.jsonl"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One training: the model file, where it begins, and where its state is kept meanwhile."""

    folder: Path
    spec: ModelSpec
    beginning: Beginning
    seed: int
    checkpoint: Path
    identity: str
    device: str
    observer: str | None
    """`package.module:Class` of what watches in the first process, made without arguments; None: nobody."""
    allowed_modules: Sequence[str]

    def write(self) -> None:
        """Everything but the rows."""
        begun = self.beginning
        network = {name: one.detach().cpu().clone().contiguous() for name, one in begun.network.state_dict().items()}
        save_file(network, self.folder / _WEIGHTS)
        said = {
            "spec": self.spec.model_dump(mode="json", exclude_unset=True),
            "schema": begun.schema.to_json(),
            "classes": begun.classes,
            "target": [begun.target_mean, begun.target_std],
            "started": begun.started,
            "frozen": [name for name, one in begun.network.named_parameters() if not one.requires_grad],
            "seed": self.seed,
            "checkpoint": str(self.checkpoint),
            "identity": self.identity,
            "device": self.device,
            "observer": self.observer,
            "allowed_modules": list(self.allowed_modules),
        }
        (self.folder / _JOB).write_text(json.dumps(said), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Job:
        """As it was written, with the network built and its weights in."""
        said = json.loads((folder / _JOB).read_text(encoding="utf-8"))
        spec = ModelSpec.model_validate(said["spec"])
        schema, allowed = FeatureSchema.from_json(said["schema"]), tuple(said["allowed_modules"])
        classes = None if said["classes"] is None else tuple(said["classes"])
        outputs = 1 if classes is None else len(classes)
        config = network_config(spec)
        network = build_network(spec.network, schema=schema, outputs=outputs, config=config, allowed_modules=allowed)
        network.load_state_dict(load_file(folder / _WEIGHTS))
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(name not in said["frozen"])
        mean, std = said["target"]
        beginning = Beginning(
            schema=schema,
            network=network,
            classes=classes,
            target_mean=mean,
            target_std=std,
            started=said["started"],
            note=None,
        )
        return cls(
            folder=folder,
            spec=spec,
            beginning=beginning,
            seed=said["seed"],
            checkpoint=Path(said["checkpoint"]),
            identity=said["identity"],
            device=said["device"],
            observer=said["observer"],
            allowed_modules=allowed,
        )


def block_path(folder: Path, part: Part) -> Path:
    """Where a part's encoded rows lie: n × width float32, nothing else in the file."""
    return folder / f"{part}.f32"


def write_target(folder: Path, part: Part, rows: Rows) -> None:
    """The targets beside the block, which is there already."""
    np.save(folder / f"{part}.npy", rows.target.cpu().numpy())


def read_rows(folder: Path, part: Part, device: torch.device) -> Rows:
    """A part's rows: mapped where they are too large for memory, so that a process reads those it learns from."""
    target, path = np.load(folder / f"{part}.npy"), block_path(folder, part)
    shape = (len(target), path.stat().st_size // 4 // len(target))
    large = path.stat().st_size > MAPPED_BYTES
    block = torch.from_numpy(np.memmap(path, dtype=np.float32, mode="c", shape=shape))
    return Rows(block=block if large else block.to(device), target=torch.from_numpy(target).to(device), mapped=large)


def say(folder: Path, **what: Any) -> None:
    """One line of the first process to whoever started the training."""
    with (folder / _SAID).open("a", encoding="utf-8") as file:
        file.write(json.dumps(what) + "\n")


def said(folder: Path, after: int) -> Iterator[dict[str, Any]]:
    """The whole lines after the first `after`."""
    path = folder / _SAID
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    yield from (json.loads(line) for line in lines[after:] if line.endswith("\n"))


def write_result(folder: Path, best: Mapping[str, Tensor], observer: Observer | None) -> None:
    """The weights that are kept, and what watched."""
    tensors = {f"best.{name}": tensor for name, tensor in best.items()}
    tensors |= {} if observer is None else {f"observer.{name}": one for name, one in observer.state().items()}
    save_file({name: one.detach().cpu().clone().contiguous() for name, one in tensors.items()}, folder / _RESULT)


def read_result(folder: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """(the weights that are kept, what watched)."""
    parts: dict[str, dict[str, Tensor]] = {"best": {}, "observer": {}}
    for name, tensor in load_file(folder / _RESULT).items():
        part, _, rest = name.partition(".")
        parts[part][rest] = tensor
    return parts["best"], parts["observer"]


def epoch_said(epoch: Epoch) -> dict[str, Any]:
    """An epoch as it is said."""
    return asdict(epoch)


def unused_parameters(network: nn.Module, rows: Tensor) -> bool:
    """Whether some weights that may move take no part in the answers to these rows."""
    network.eval()
    network(rows).sum().backward()
    idle = any(one.requires_grad and one.grad is None for one in network.parameters())
    network.zero_grad(set_to_none=True)
    return idle
