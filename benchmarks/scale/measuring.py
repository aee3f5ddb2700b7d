"""What a piece of work costs: CPU seconds of this process, and seconds by the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """CPU seconds of this process with all its threads, and seconds by the clock, a database's server included."""

    cpu_seconds: float
    seconds: float


def cost_of(work: Callable[[], object]) -> Cost:
    """Do it once."""
    cpu, clock = process_time(), perf_counter()
    work()
    return Cost(cpu_seconds=process_time() - cpu, seconds=perf_counter() - clock)
