"""Several processes that train one network together, by torch's process group (gloo on CPUs, nccl on GPUs)."""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from flows.training.crew import Crew


class Together(Crew):
    """This process among the others of the group, which is there already."""

    look_every = 50  # to ask costs a message

    def __init__(self, device: torch.device, unused: bool) -> None:
        """`unused`: some weights that may move get no gradient from any row."""
        self.rank, self.size = distributed.get_rank(), distributed.get_world_size()
        self._device, self._unused = device, unused

    def wrapped(self, network: nn.Module) -> nn.Module:
        places = [self._device.index or 0] if self._device.type == "cuda" else None
        return DistributedDataParallel(network, device_ids=places, find_unused_parameters=self._unused)

    def sum(self, value: Tensor) -> Tensor:
        total = value.clone().to(self._device)
        distributed.all_reduce(total)
        return total

    def first(self, value: Tensor) -> Tensor:
        said = value.clone().to(self._device)
        distributed.broadcast(said, src=0)
        return said.to(value.device)

    def gathered(self, value: Tensor) -> list[Tensor]:
        here = value.to(self._device)
        found = [torch.empty_like(here) for _ in range(self.size)]
        distributed.all_gather(found, here)
        return [one.cpu() for one in found]

    def agreed(self, own: bool) -> bool:
        return bool(self.first(torch.tensor([own], dtype=torch.uint8)).item())

    def joined(self, own: Tensor, rows: int) -> Tensor:
        lengths = [rows * (rank + 1) // self.size - rows * rank // self.size for rank in range(self.size)]
        padded = own.new_zeros((max(lengths), *own.shape[1:]))
        padded[: len(own)] = own
        found = [torch.empty_like(padded) for _ in lengths]
        distributed.all_gather(found, padded)
        return torch.cat([one[:length] for one, length in zip(found, lengths, strict=True)])
