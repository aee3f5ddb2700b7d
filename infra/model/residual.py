"""A residual network for tables: each block adds to what the one before it gave.

Source: Gorishniy et al. 2021, "Revisiting deep learning models for tabular data" (their ResNet), with layer in place
of batch normalisation, so that a row's answer does not depend on the rows beside it in a small batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

_WIDER = 2


class ResidualBlock(nn.Module):
    """Normalise, widen, ReLU, narrow, and add to the input."""

    def __init__(self, width: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.inside = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, inner), nn.ReLU(), nn.Dropout(dropout), nn.Linear(inner, width)
        )

    def forward(self, block: Tensor) -> Tensor:
        """n × width → n × width."""
        return block + cast(Tensor, self.inside(block))


class ResidualMLP(nn.Module):
    """One linear layer in, a residual block for each of `hidden` (as wide as its first, twice that inside), a head."""

    def __init__(self, *, width: int, hidden: Sequence[int], outputs: int, dropout: float) -> None:
        super().__init__()
        size = hidden[0] if hidden else width
        self.first = nn.Linear(width, size)
        self.blocks = nn.Sequential(*[ResidualBlock(size, _WIDER * inner, dropout) for inner in hidden])
        self.last = nn.Sequential(nn.LayerNorm(size), nn.ReLU())
        self.head = nn.Linear(size, outputs)

    def forward(self, block: Tensor) -> Tensor:
        """n × width → n × outputs."""
        return cast(Tensor, self.head(self.last(self.blocks(self.first(block)))))
