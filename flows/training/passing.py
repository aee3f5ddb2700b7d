"""Where an epoch stands, from its permutation to its last batch."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(kw_only=True)
class Pass:
    """What a training that is cut short within an epoch goes on from."""

    shuffler: Tensor
    """State of the shuffling generator before the epoch's permutation was drawn."""
    loss_sum: Tensor
    norm_sum: Tensor
    rows: int = 0
    """Rows of the permutation that were learnt from."""
    steps: int = 0
    seconds: float = 0.0
