"""The daily Prefect flow that removes predictions which are older than their model files keep them."""

from __future__ import annotations

from datetime import datetime

from prefect import flow, get_run_logger

from flows.desk import wall_clock
from flows.holding import held, if_free
from flows.one_by_one import on_each, require_all
from flows.windows.removing import remove_old
from flows.workplace import open_desk
from infra.domain.errors import Refused
from infra.settings import Settings
from infra.wiring import build_ports

REMOVALS = ":removals"
"""The lease of whoever removes; no model can have this name."""
FAILED = "keep predictions that are too old"


@flow(name="removal", retries=2, retry_delay_seconds=60)
def removal_flow(now: datetime | None = None) -> dict[str, int]:
    """Remove what is too old at event time `now` (default: this moment), of every registered model.

    Returns how many predictions of each went. One model's failure does not keep the others'; it fails the run at the
    end.
    """
    moment, ports = now or wall_clock(), build_ports(Settings())
    with if_free(held(ports.leases, REMOVALS, "removals", wall_clock)) as hold:
        if isinstance(hold, Refused):
            get_run_logger().info("another process removes: %s", hold)
            return {}
        names = [one.name for one in ports.models.all()]
        removed, problems = on_each(
            names, lambda model: remove_old(open_desk(model), now=moment), get_run_logger(), FAILED
        )
    require_all(problems, FAILED)
    return removed
