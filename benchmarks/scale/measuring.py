"""What a piece of work costs: CPU seconds of this process, and seconds by the clock.

Where others use the machine too, a CPU second does less work: two virtual cores may share a real one. So a fixed piece
of work is done between, and CPU seconds are told as if it always took the least it took.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import median
from time import perf_counter, process_time

import numpy as np

_ROWS = 1_500
_TRIES = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """CPU seconds of this process with all its threads, and seconds by the clock, a database's server included."""

    cpu_seconds: float
    seconds: float


def cost_of(*pieces: Callable[[], object]) -> Cost:
    """Do each once; its CPU seconds are divided by how crowded the core was right before and right after it."""
    cpu = clock = 0.0
    before = crowding()
    for piece in pieces:
        cpu_began, clock_began = process_time(), perf_counter()
        piece()
        took, clock = process_time() - cpu_began, clock + perf_counter() - clock_began
        after = crowding()
        cpu, before = cpu + 2 * took / (before + after), after
    return Cost(cpu_seconds=cpu, seconds=clock)


def crowding() -> float:
    """How much longer the fixed piece of work takes now than at its quickest of forty: 1 on a core of one's own."""
    return median(_fixed_work() for _ in range(3)) / _quickest()


@cache
def _quickest() -> float:
    return min(_fixed_work() for _ in range(_TRIES))


def _fixed_work() -> float:
    """CPU seconds of what a look spends its time on: rows through SQLite, JSON and numpy, some 5 ms."""
    began = process_time()
    with sqlite3.connect(":memory:") as database:
        database.execute("create table rows (id integer primary key, body text)")
        bodies = [(place, json.dumps({"a": place, "b": f"name-{place}"})) for place in range(_ROWS)]
        database.executemany("insert into rows values (?, ?)", bodies)
        found = [json.loads(body)["a"] for (body,) in database.execute("select body from rows order by id desc")]
    database.close()
    numbers = np.array(found, dtype=np.float64)
    for _ in range(20):
        np.sort(np.sin(numbers))
    return process_time() - began
