"""The disk of the home fills up under load, again and again: nothing is acknowledged that is not kept, and with room it
goes on by itself. On SQLite the database lies there; on PostgreSQL the spill does, and the database is away as well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

from tests.chaos.ground import Ground
from tests.chaos.load import Load
from tests.chaos.outages import away
from tests.chaos.service import Nursery
from tests.chaos.small_disk import small_disk
from tests.chaos.toll import Toll, late

MEGABYTES = 24


def run(ground: Ground) -> Iterator[Toll]:
    """On each database, and on SQLite once more by the library that answers for a full disk without any right."""
    for database in ground.databases:
        yield _try(ground, database, mounted=True)
    if "sqlite" in ground.databases:
        yield _try(ground, "sqlite", mounted=False)


def _try(ground: Ground, database: str, *, mounted: bool) -> Toll:
    began, recovered, problems = time.monotonic(), [0.0], []
    settings = ground.home(database)
    with ExitStack() as closing:
        disk = closing.enter_context(small_disk(settings.home, MEGABYTES, mounted=mounted))
        beside = settings.home.with_name(f"{settings.home.name}-nursery")
        beside.mkdir()
        nursery = closing.enter_context(Nursery(beside, disk.environment))
        load = Load(nursery, settings, ground.seed, rest_seconds=0.02)
        with load:
            for _ in range(ground.effort.trials):
                load.wait_acknowledged_by_each()
                with load.calm:
                    with ExitStack() as fault:
                        if database != "sqlite":
                            fault.enter_context(away(settings.database))
                        disk.fill()
                        fault.callback(disk.make_room)
                        problems += _said_so(load)
                    took = load.wait_acknowledged_by_each()
                    recovered.append(took + load.wait(load.is_drained, "the spill is empty"))
        problems += load.settle()
    return Toll(
        fault="disk_full",
        database=database,
        trials=ground.effort.trials,
        acknowledged=load.count(),
        recovered_seconds=max(recovered),
        seconds=time.monotonic() - began,
        losses=(*problems, *late("going on with room on the disk", max(recovered))),
        note=f"by {disk.kind}",
    )


def _said_so(load: Load) -> list[str]:
    """Wait until a client is told of the full disk, with a word on what a person can do."""
    before = sum(len(client.told_full) for client in load.clients)
    load.wait(lambda: sum(len(client.told_full) for client in load.clients) > before, "a full disk is told of")
    said = [text for client in load.clients for text in client.told_full[-1:]]
    return [f"a full disk is answered by {text}" for text in said if "make room" not in text]
