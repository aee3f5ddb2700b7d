"""Each fault is a module with a `run`; here they have their names and their order."""

from __future__ import annotations

from tests.chaos.faults import (
    api,
    bundle,
    clock,
    disk_full,
    document,
    everything,
    migration,
    outage,
    receiver,
    slow_disk,
    worker,
)
from tests.chaos.ground import Fault

FAULTS: dict[str, Fault] = {
    "api": api.run,
    "worker": worker.run,
    "everything": everything.run,
    "outage": outage.run,
    "disk_full": disk_full.run,
    "slow_disk": slow_disk.run,
    "clock": clock.run,
    "receiver": receiver.run,
    "bundle": bundle.run,
    "migration": migration.run,
    "document": document.run,
}
