"""Rounds with the figures a test names."""

from __future__ import annotations

from benchmarks.serving.load import Seen
from benchmarks.serving.results import Cell, Measurement


def seen(per_second: float, p99_ms: float = 20.0) -> Seen:
    return Seen(requests=int(per_second * 2), seconds=2.0, p50_ms=p99_ms / 2, p99_ms=p99_ms, errors={})


def rounds(system: str, cell: Cell, *speeds: float, p99_ms: float = 20.0, first: int = 0) -> list[Measurement]:
    """One valid round for each speed."""
    return [
        Measurement(system=system, cell=cell, repeat=first + place, seen=seen(speed, p99_ms))
        for place, speed in enumerate(speeds)
    ]
