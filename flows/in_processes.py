"""Shares of a stretch of traffic, worked on by several processes of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from typing import TypeVar

from flows.spreading import Work, in_turn
from infra.domain.stretches import Stretch
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class InProcesses:
    """So many processes of this machine, each with a connection of its own to the database of the settings."""

    settings: Settings
    processes: int

    def __call__(self, ports: Ports, work: Work[T], shares: Sequence[Stretch]) -> Iterator[T]:
        if len(shares) < 2:  # not worth starting any
            yield from in_turn(ports, work, shares)
            return
        with ProcessPoolExecutor(min(self.processes, len(shares)), mp_context=get_context("spawn")) as pool:
            yield from pool.map(do_share, repeat(self.settings), repeat(work), shares)


def do_share(settings: Settings, work: Work[T], share: Stretch) -> T:
    """Do the work on one share with the ports of these settings."""
    return work(build_ports(settings), share)
