"""The benchmark's network as anyone would write it: linear layers with ReLU, weights from safetensors.

Every peer runs torch on one thread, as keepsharp does: two fight over two cores and are slower.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn


class Network:
    """20 → 64 → 64 → 3, read from `network.safetensors` and the names beside it."""

    def __init__(self, path: Path) -> None:
        torch.set_num_threads(1)
        names = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        self.features: list[str] = names["features"]
        self.classes: list[str] = names["classes"]
        tensors = load_file(path)
        weights = [name for name in sorted(tensors) if name.endswith("weight")]  # body.0, body.2, head
        sizes = [tensors[weights[0]].shape[1], *(tensors[name].shape[0] for name in weights)]
        layers: list[nn.Module] = []
        for narrow, wide in pairwise(sizes):
            layers += [nn.Linear(narrow, wide), nn.ReLU()]
        self._layers = nn.Sequential(*layers[:-1])
        for place, name in enumerate(weights):
            linear = cast(nn.Linear, self._layers[2 * place])
            linear.load_state_dict({"weight": tensors[name], "bias": tensors[name.removesuffix("weight") + "bias"]})
        self._layers.eval().requires_grad_(requires_grad=False)

    def probabilities(self, rows: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
        """n × 20 → n × 3; rows sum to 1."""
        with torch.inference_mode():
            block = torch.from_numpy(np.asarray(rows, dtype=np.float32))
            found: np.ndarray = torch.softmax(self._layers(block), dim=1).numpy()
        return found

    def classify(self, rows: Sequence[Sequence[float]] | np.ndarray) -> list[str]:
        """The n most probable classes."""
        return [self.classes[place] for place in self.probabilities(rows).argmax(axis=1).tolist()]
