"""The training that is timed: seeded rows, the network, and how long it learns. The same for everybody."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

ROWS, COLUMNS, CLASSES, HIDDEN = 25_000, 20, 3, 64
BATCH, EPOCHS, RATE = 1024, 20, 1e-3


def rows(count: int = ROWS, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(n × 20 float32, n classes int64): the largest of three noisy random directions."""
    drawn = np.random.default_rng(seed)
    block = drawn.normal(size=(count, COLUMNS)).astype(np.float32)
    directions = np.random.default_rng(7).normal(size=(COLUMNS, CLASSES))
    return block, (block @ directions + drawn.normal(size=(count, CLASSES))).argmax(axis=1)


def network() -> nn.Sequential:
    """20-64-64-3 with ReLU."""
    return nn.Sequential(
        nn.Linear(COLUMNS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES)
    )


def one_thread() -> None:
    """Torch on one thread, as the whole comparison runs."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
