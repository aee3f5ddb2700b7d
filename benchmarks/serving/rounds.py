"""The rounds: every system in turn under the same load, the others stopped meanwhile, again and again.

Neighbouring rounds share whatever else the machine does, so ratios hold where the figures alone would not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving.dialects import write_named_with_ids
from benchmarks.serving.load import Seen, send
from benchmarks.serving.network import make_rows
from benchmarks.serving.results import Cell, Measurement, find_problem
from benchmarks.serving.system import Running, System
from infra.domain.errors import Unavailable

_WARM_UP_SECONDS = 1
_SETTLED_SECONDS = 1.0  # a commit on a busy disk has been seen to take half of it
_LONGEST_DRAIN_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """How a round is made: the program, its length, where bodies are written, and who is told how it goes."""

    wrk: str
    seconds: int
    folder: Path
    say: Callable[[str], None]


def takes_part(system: System, cell: Cell) -> bool:
    """Whether the system is put under this load at all."""
    allowed = system.takes_ids or not cell.ids
    return allowed and cell.rows in system.sizes and cell.concurrency in system.concurrencies


def run_rounds(
    systems: Sequence[Running], cells: Sequence[Cell], repeats: Sequence[int], load: Load
) -> Iterator[Measurement]:
    """Every system under every load once a repeat; every second repeat goes through the systems backwards.

    The systems are paused, and are paused again afterwards.
    """
    for repeat in repeats:
        for cell in cells:
            for running in systems if repeat % 2 == 0 else reversed(systems):
                if takes_part(running.system, cell):
                    running.resume()
                    measurement = _measure(running, cell, repeat, load)
                    running.pause()
                    load.say(_line(measurement))
                    yield measurement


def _measure(running: Running, cell: Cell, repeat: int, load: Load) -> Measurement:
    """Warm up, then one round, then count what was kept."""
    name = running.system.key
    body = _write_body(running.system, cell, load.folder)
    seconds = load.seconds * running.system.times_as_long
    try:
        _send(running, cell, body, load, _WARM_UP_SECONDS)
        before = _settled(running)
        seen = _send(running, cell, body, load, seconds)
        after = _settled(running)
    except Unavailable as error:
        return Measurement(system=name, cell=cell, repeat=repeat, seen=None, problem=str(error))
    stored = None if before is None or after is None else after - before
    problem = find_problem(cell, seen, stored) or running.complaint
    return Measurement(system=name, cell=cell, repeat=repeat, seen=seen, stored=stored, problem=problem)


def _send(running: Running, cell: Cell, body: Path, load: Load, seconds: int) -> Seen:
    return send(load.wrk, running.url, body, concurrency=cell.concurrency, seconds=seconds, watch=running.look)


def _settled(running: Running) -> int | None:
    """What it has kept once it has done with the requests that nobody waits for any more."""
    until = time.monotonic() + _LONGEST_DRAIN_SECONDS
    count = running.stored
    while count is not None:
        time.sleep(_SETTLED_SECONDS)
        again = running.stored
        if again == count:
            break
        if time.monotonic() > until:
            raise Unavailable(f"it still stores answers {_LONGEST_DRAIN_SECONDS:g} s after the load ended")
        count = again
    return count


def _write_body(system: System, cell: Cell, folder: Path) -> Path:
    path = folder / f"{system.key}-{cell.rows}{'-ids' if cell.ids else ''}.json"
    rows = make_rows(cell.rows)
    if cell.ids:
        path.write_bytes(write_named_with_ids(rows))
    else:
        path.write_bytes(system.dialect.write(rows) if system.dialect else b"{}")
    return path


def _line(one: Measurement) -> str:
    figures = ""
    if one.seen is not None:
        kept = "" if one.stored is None else f", {one.stored:,} kept"
        figures = f"{one.seen.per_second:9,.0f} req/s  p99 {one.seen.p99_ms:7.1f} ms{kept}"
    invalid = f"  INVALID: {one.problem}" if one.problem else ""
    return f"{one.repeat + 1}  {one.cell!s:20} {one.system:20} {figures}{invalid}"
