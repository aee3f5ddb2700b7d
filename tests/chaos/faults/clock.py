"""A wall clock that jumps under load: an hour and days, both ways, over a leap of years, and through both changes of
summer time in a zone that has them. What was answered keeps its order of arrival whatever the clock says."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks.serving.network import MODEL
from tests.chaos.ground import Ground
from tests.chaos.load import Load, under_shim
from tests.chaos.toll import Toll, late

HOUR, DAY = 3_600.0, 86_400.0
JUMPS = (HOUR, -HOUR, DAY, -2 * DAY, 400 * DAY, 0.0, 5.0, -5.0)
CHANGES = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
"""Europe's clocks are put forward and back in these moments."""
ZONE = "Europe/Berlin"
_BEFORE_SECONDS = 1.0


def run(ground: Ground) -> Iterator[Toll]:
    """On each database; the server's own clock stays right, as when one machine of two is wrong."""
    for database in ground.databases:
        began, recovered = time.monotonic(), [0.0]
        settings = ground.home(database)
        drawing = random.Random(ground.seed)
        seen: list[str] = []
        with under_shim(settings, ground.seed, {"TZ": ZONE}) as (load, shim):
            with load:
                for trial in range(ground.effort.trials):
                    ahead = _ahead(trial, drawing)
                    shim.set(ahead_seconds=ahead)
                    recovered.append(load.wait_acknowledged_by_each())
                    time.sleep(2 * _BEFORE_SECONDS if trial % 5 == 4 else 0.2)  # through the change of summer time
                    recovered.append(load.wait_acknowledged_by_each())
                    seen += _stamped(load, ahead)
            shim.set()
            problems = load.settle()
        yield Toll(
            fault="clock",
            database=database,
            trials=ground.effort.trials,
            acknowledged=load.count(),
            recovered_seconds=max(recovered),
            seconds=time.monotonic() - began,
            losses=(*problems, *seen, *late("answering after a jump", max(recovered))),
        )


def _ahead(trial: int, drawing: random.Random) -> float:
    """Every fifth time just before a change of summer time."""
    if trial % 5 == 4:
        return CHANGES[trial // 5 % len(CHANGES)].timestamp() - _BEFORE_SECONDS - time.time()
    return drawing.choice(JUMPS)


def _stamped(load: Load, ahead: float) -> list[str]:
    """The newest is stamped by the clock of its service, in UTC."""
    last = load.ports.predictions.between(MODEL, max(1, load.last_seq()), 10**9)[-1].prediction.time
    off = abs(last.timestamp() - time.time() - ahead)
    return [f"with the clock {ahead:+.0f} s ahead an answer is stamped {last}, {off:.0f} s off"] if off > 30 else []
