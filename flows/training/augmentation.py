"""Pictures shifted, mirrored and lit differently while a network learns from them; never when it answers.

All is drawn from the training's own generator, so that the same seed gives the same pictures. It works on the encoded
block, whose pixels come first and are standardised; a missing picture, all zero, stays missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

import torch
from torch import Tensor

Strength = Literal["none", "light", "strong"]


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far pictures of one shape are moved.

    `shift` is a share of each side, `mirror` and `flip` the chances of left-right and upside-down mirroring,
    `contrast` and `brightness` the deviations of a factor around 1 and of a summand, in standard deviations of the
    pixels.
    """

    shape: tuple[int, int, int]
    shift: float
    mirror: float
    flip: float
    contrast: float
    brightness: float

    def apply(self, block: Tensor, generator: torch.Generator) -> Tensor:
        """A changed copy of a batch, n × width."""
        height, width, channels = self.shape
        pixels, rows = prod(self.shape), len(block)
        pictures = block[:, :pixels].reshape(rows, height, width, channels)
        present = (block[:, :pixels] != 0).any(dim=1)
        down = self._places(rows, height, self.flip, generator, block.device)  # n × height
        across = self._places(rows, width, self.mirror, generator, block.device)  # n × width
        place = torch.arange(rows, device=block.device)[:, None, None]
        moved = pictures[place, down[:, :, None], across[:, None, :]]  # n × height × width × channels
        factor = 1.0 + self.contrast * _normal(rows, generator, block.device)
        summand = self.brightness * _normal(rows, generator, block.device)
        lit = moved.reshape(rows, pixels) * factor[:, None] + summand[:, None]
        changed = torch.where(present[:, None], lit, block[:, :pixels])
        return torch.cat([changed, block[:, pixels:]], dim=1)

    def _places(
        self, rows: int, size: int, mirrored: float, generator: torch.Generator, device: torch.device
    ) -> Tensor:
        """From where each line comes: shifted, the edge repeated, and mirrored by chance; rows × size."""
        most = int(self.shift * size)
        shifts = torch.randint(-most, most + 1, (rows, 1), generator=generator)
        turned = torch.rand(rows, 1, generator=generator) < mirrored
        lines = (torch.arange(size)[None, :] + shifts).clamp(0, size - 1)
        return torch.where(turned, size - 1 - lines, lines).to(device)


def augmentation_for(strength: Strength, shape: tuple[int, int, int] | None) -> Augmentation | None:
    """What the model file asks for, or None: for tables there is nothing to move.

    `light` keeps up and down: most cameras hang one way. `strong` mirrors both ways.
    """
    if shape is None or strength == "none":
        return None
    if strength == "light":
        return Augmentation(shape=shape, shift=0.05, mirror=0.5, flip=0.0, contrast=0.1, brightness=0.1)
    return Augmentation(shape=shape, shift=0.1, mirror=0.5, flip=0.5, contrast=0.25, brightness=0.25)


def _normal(rows: int, generator: torch.Generator, device: torch.device) -> Tensor:
    return torch.randn(rows, generator=generator).to(device)
