"""What a training goes by, and the rows it goes over, both fixed before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from flows.training.augmentation import Augmentation
from flows.training.schedules import Schedule

UNKNOWN_CLASS = -1
_PART_VALUES = 4_000_000
"""Values of a part that goes through the network at once outside training."""
_CACHED_VALUES = 250_000
"""Values that are shuffled at once: a megabyte, which stays in the cache until it is learnt from."""
_MAPPED_VALUES = 16_000_000
"""The same of a file: more, so that its pages are read in order."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the epochs go by."""

    task: Literal["classification", "regression"]
    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    class_weights: Tensor | None
    target_std: float
    seed: int
    warm: bool
    """Warm: the weights it starts from are themselves a result, kept when no epoch improves on them."""
    schedule: Schedule = "constant"
    warm_up: float = 0.0
    clip_norm: float | None = 5.0
    """Gradients longer than this are scaled down to it; None leaves them."""
    autocast: torch.dtype | None = None
    """Type of the forward pass's products in training; None is float32. Weights and validation stay in float32."""
    compiled: bool = False
    augmentation: Augmentation | None = None


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Encoded rows and their targets: places of classes (int64) or standardised numbers.

    The block is on the device, or in a file mapped into memory where it is too large for that.
    """

    block: Tensor  # n × width, float32
    target: Tensor  # n, on the device
    mapped: bool = False

    def __len__(self) -> int:
        return len(self.target)

    @property
    def taken_rows(self) -> int:
        """How many rows are best taken out of the block at once."""
        return max(1, (_MAPPED_VALUES if self.mapped else _CACHED_VALUES) // self.block.shape[1])

    def take(self, order: Tensor, device: torch.device) -> Tensor:
        """The rows in this order, on the device; of a mapped file they are read in the file's order."""
        if not self.mapped:
            return torch.index_select(self.block, 0, order)
        there, back = order.cpu().sort()
        return torch.index_select(self.block, 0, there)[back.argsort()].to(device)

    def parts(self, first: int = 0, last: int | None = None) -> Iterator[Tensor]:
        """The block in order, or a stretch of it, in parts that bound memory."""
        yield from torch.split(self.block[first:last], max(1, _PART_VALUES // self.block.shape[1]))


def batches(rows: int, size: int, least: int = 2) -> list[tuple[int, int]]:
    """Slices of the permuted rows; a last one of fewer than `least` joins the one before (batch norm needs two rows).

    >>> batches(5, 2)
    [(0, 2), (2, 5)]
    """
    edges = [*range(0, rows, size), rows]
    if len(edges) > 2 and edges[-1] - edges[-2] < least:
        del edges[-2]
    return list(pairwise(edges))


def groups(slices: list[tuple[int, int]], rows: int) -> Iterator[list[tuple[int, int]]]:
    """Consecutive batches that are taken out of the block together: at most `rows` rows, at least one batch.

    >>> list(groups([(0, 2), (2, 4), (4, 5)], 4))
    [[(0, 2), (2, 4)], [(4, 5)]]
    """
    group: list[tuple[int, int]] = []
    for one in slices:
        if group and one[1] - group[0][0] > rows:
            yield group
            group = []
        group.append(one)
    if group:
        yield group
