"""A training's state after a step, in one file, so that it goes on to identical weights after a crash.

One safetensors file holds the tensors and, as its metadata, the rest in JSON: one rename makes it whole or
absent. It is not synced: a power cut may cost the epochs, never a wrong resume. It knows nothing of networks.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

SHARE = 0.02
"""Most that saving may cost of the time of training."""
WITHIN_EPOCH_SECONDS = 10.0
"""Most of an epoch that a crash may cost; see `Cadence`."""
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


class Cadence:
    """When a checkpoint is due: often enough to lose little, and never more than a small share of the time.

    It follows the clock, which moves no weight: a training gives the same result however often it is kept.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self._cost = clock, 0.0
        self._kept_at = clock()

    def due(self, *, between_epochs: bool) -> bool:
        """Between epochs, once saving costs at most 2 % of the time since the last; within one, after 10 s too."""
        since = self._clock() - self._kept_at
        return since >= self._cost / SHARE and (between_epochs or since >= WITHIN_EPOCH_SECONDS)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Around each save, to know what one costs."""
        began = self._clock()
        yield
        self._kept_at = self._clock()
        self._cost = self._kept_at - began
