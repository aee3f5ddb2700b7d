"""What a training goes by, and the rows it goes over, both fixed before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from flows.training.schedules import Schedule

UNKNOWN_CLASS = -1


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


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Encoded rows and their targets: places of classes (int64) or standardised numbers.

    The block is on the device, or in a mapped file where it is too large for memory; then `part_rows` bounds how
    many rows are taken out of it at once.
    """

    block: Tensor  # n × width, float32
    target: Tensor  # n, on the device
    part_rows: int | None = None

    def __len__(self) -> int:
        return len(self.target)

    def take(self, order: Tensor, device: torch.device) -> Tensor:
        """The rows in this order, on the device; of a mapped file they are read in the file's order."""
        if self.part_rows is None:
            return self.block[order]
        there, back = order.cpu().sort()
        return self.block[there][back.argsort()].to(device)

    def parts(self) -> Iterator[Tensor]:
        """The block in order, in parts that bound memory."""
        rows = self.part_rows or max(1, PART_VALUES // self.block.shape[1])
        yield from torch.split(self.block, rows)


PART_VALUES = 4_000_000
"""Values of a part that goes through the network at once outside training."""


def batches(rows: int, size: int) -> list[tuple[int, int]]:
    """Slices of the permuted rows; a last one of a single row joins the one before it (batch norm needs two).

    >>> batches(5, 2)
    [(0, 2), (2, 5)]
    """
    edges = [*range(0, rows, size), rows]
    if len(edges) > 2 and edges[-1] - edges[-2] == 1:
        del edges[-2]
    return list(pairwise(edges))


def groups(slices: list[tuple[int, int]], rows: int | None) -> Iterator[list[tuple[int, int]]]:
    """Consecutive batches that are taken out of the block together: at most `rows` rows, at least one batch.

    >>> list(groups([(0, 2), (2, 4), (4, 5)], 4))
    [[(0, 2), (2, 4)], [(4, 5)]]
    """
    group: list[tuple[int, int]] = []
    for one in slices:
        if group and rows is not None and one[1] - group[0][0] > rows:
            yield group
            group = []
        group.append(one)
    if group:
        yield group
