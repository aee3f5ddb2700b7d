"""Categories as short learnt vectors in front of a network for tables.

A network's first layer reads a category's input as a vector of its own already; this makes it shorter than that layer
is wide, and the same for all units, which holds many categories with few rows each back. It knows nothing of schemas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn


class Embedded(nn.Module):
    """Replaces each category's 0/1 inputs, the last of the block, by a vector; the network reads the result."""

    def __init__(self, places: Sequence[range], size: int) -> None:
        super().__init__()
        self._places = list(places)
        self._first = min((one.start for one in places), default=0)
        self.vectors = nn.ModuleList(nn.Linear(len(one), min(size, len(one)), bias=False) for one in places)
        self.width = self._first + sum(min(size, len(one)) for one in places)
        self.network: nn.Module = nn.Identity()

    def forward(self, block: Tensor) -> Tensor:
        """n × width of the block → n × outputs."""
        vectors = [table(block[:, one.start : one.stop]) for table, one in zip(self.vectors, self._places, strict=True)]
        return cast(Tensor, self.network(torch.cat([block[:, : self._first], *vectors], dim=1)))
