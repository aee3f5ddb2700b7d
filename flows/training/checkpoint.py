"""A training's state after an epoch, in one file, so that it goes on to identical weights after a crash.

One safetensors file holds the tensors and, as its metadata, the rest in JSON: one rename makes it whole or
absent. It is not synced: a power cut may cost the epochs, never a wrong resume. It knows nothing of networks.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

_NAME = "checkpoint.safetensors"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Tensors by name, and plain values."""

    tensors: Mapping[str, Tensor]
    state: Mapping[str, Any]


def save_checkpoint(folder: Path, identity: str, checkpoint: Checkpoint) -> None:
    """Replace the folder's checkpoint. `identity` names the rows, seed and settings it belongs to."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in checkpoint.tensors.items()}
    unfinished = folder / f"{_NAME}.{os.getpid()}"
    save_file(tensors, unfinished, metadata={"identity": identity, "state": json.dumps(checkpoint.state)})
    unfinished.replace(folder / _NAME)


def load_checkpoint(folder: Path, identity: str) -> Checkpoint | None:
    """The folder's checkpoint, or None: there is none, it is of another training, or it is damaged."""
    path = folder / _NAME
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("identity") != identity:
                _log.info("the checkpoint in %s is of another training: starting from the first epoch", folder)
                return None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # safe_open is no mapping
        return Checkpoint(tensors=tensors, state=json.loads(metadata["state"]))
    except (SafetensorError, OSError, ValueError) as error:
        _log.warning("the checkpoint in %s is damaged (%s): starting from the first epoch", folder, error)
        return None
