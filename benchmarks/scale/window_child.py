"""Looks in a process of their own, so that its memory can be told: a line of JSON for each model, `rows-N` with N rows.

python -m benchmarks.scale.window_child HOME URL MOST_HELD N [N …]

The numbers rise: what was resident at most is that of the largest so far. KEEPSHARP_MONITOR_PROCESSES counts here too.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks.scale.measuring import cost_of
from benchmarks.scale.world import STEP, ports_of, spec_of
from flows.desk import Desk
from flows.monitor import monitor
from flows.windows.references import References
from flows.workplace import spread_of
from infra.settings import Settings

IDLE_LOOKS = 5
_KILO = 1024


def peak_bytes() -> int:
    """The most that was ever resident of this process; `ru_maxrss` would begin at what its parent had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * _KILO for line in lines if line.startswith("VmHWM:"))


def main(arguments: list[str]) -> None:
    """Look at each, and print what it cost and how much memory was resident before all of them and at most."""
    home, url, most_held, *sizes = arguments
    settings = Settings(home=Path(home), database_url=url)
    ports = ports_of(settings)
    for rows in map(int, sizes):
        spec = spec_of(f"rows-{rows}", f"{rows} rows")
        spread = spread_of(settings)
        desk = Desk(spec=spec, folder=Path(home), ports=ports, spread=spread, most_held=int(most_held))
        print(json.dumps(look_at(desk)), flush=True)


def look_at(desk: Desk) -> dict[str, float]:
    """One look, with its reference read before, and the least of a few that find nothing new."""
    ports, model = desk.ports, desk.spec.model
    span, champion = ports.predictions.time_range(model), ports.versions.champion(model)
    assert span is not None
    assert champion is not None
    references = References(desk)
    references.of(champion.sha256)
    before = peak_bytes()
    look = partial(monitor, desk, references, lambda *_: None, now=span[1] + timedelta(hours=2) + STEP)
    cost = cost_of(look)
    window = ports.windows.last(model)
    assert window is not None
    assert window.performance is not None
    idle = min(cost_of(look).cpu_seconds for _ in range(IDLE_LOOKS))
    return {
        "cpu_seconds": cost.cpu_seconds,
        "idle_cpu_seconds": idle,
        "seconds": cost.seconds,
        "before_bytes": before,
        "peak_bytes": peak_bytes(),
        "rows": window.rows,
        "labelled": window.performance.labelled,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
