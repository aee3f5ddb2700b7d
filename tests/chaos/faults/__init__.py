"""Each fault is a module with a `run`; here they have their names and their order."""

from __future__ import annotations

from tests.chaos.faults import (
    api,
    bundle,
    clock,
    disk_full,
    document,
    everything,
    holder,
    migration,
    mlflow_silent,
    outage,
    prefect_away,
    receiver,
    slow_disk,
    summer_time,
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
    "summer_time": summer_time.run,
    "holder": holder.run,
    "prefect_away": prefect_away.run,
    "mlflow_silent": mlflow_silent.run,
    "receiver": receiver.run,
    "bundle": bundle.run,
    "migration": migration.run,
    "document": document.run,
}
