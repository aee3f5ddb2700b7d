"""A disk that takes half a second for a sync and some milliseconds for a write, now and then, under load."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.chaos.ground import Ground
from tests.chaos.load import under_shim
from tests.chaos.toll import Toll, late

SYNC_SECONDS, WRITE_SECONDS = 0.5, 0.005
_SLOW_SECONDS = 3.0


def run(ground: Ground) -> Iterator[Toll]:
    """On each database; that of PostgreSQL's own server stays as it is, the spill's and the home's does not."""
    for database in ground.databases:
        began, recovered = time.monotonic(), [0.0]
        settings = ground.home(database)
        with under_shim(settings, ground.seed) as (load, shim):
            with load:
                for _ in range(ground.effort.trials):
                    shim.set(sync_seconds=SYNC_SECONDS, write_seconds=WRITE_SECONDS)
                    load.wait_acknowledged_by_each()
                    time.sleep(_SLOW_SECONDS)
                    shim.set()
                    recovered.append(load.wait_acknowledged_by_each())
            problems = load.settle()
        yield Toll(
            fault="slow_disk",
            database=database,
            trials=ground.effort.trials,
            acknowledged=load.count(),
            recovered_seconds=max(recovered),
            seconds=time.monotonic() - began,
            losses=(*problems, *late("answering on a fast disk", max(recovered))),
            note=f"{SYNC_SECONDS:g} s a sync, {WRITE_SECONDS * 1000:g} ms a write",
        )
