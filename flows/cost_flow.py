"""The daily Prefect flow over what models cost: it charges storage and holds the month against the budgets."""

from __future__ import annotations

from datetime import datetime

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact

from flows.desk import wall_clock
from flows.holding import held, if_free
from flows.ledger.accruing import accrue_day
from flows.one_by_one import on_each, require_all
from flows.workplace import open_desk
from infra.domain.errors import Refused
from infra.ledger.months import month_of
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports

CHARGES = ":charges"
"""The lease of whoever charges all models; no model can have this name."""
FAILED = "could not be charged"


@flow(name="costs", retries=2, retry_delay_seconds=60)
def cost_flow(model: str | None = None, now: datetime | None = None) -> dict[str, float]:
    """Charge the day of event time `now` (default: this moment) to `model`, or to every registered model.

    Returns what each has cost in the month so far; nothing while another process charges every model. One model's
    failure does not keep the others from being charged; it fails the run at the end.
    """
    moment, ports = now or wall_clock(), build_ports(Settings())
    if model is not None:
        return _charge(ports, [model], moment)
    with if_free(held(ports.leases, CHARGES, "charges", wall_clock)) as hold:
        if isinstance(hold, Refused):
            get_run_logger().info("another process charges: %s", hold)
            return {}
        return _charge(ports, [one.name for one in ports.models.all()], moment)


def _charge(ports: Ports, names: list[str], moment: datetime) -> dict[str, float]:
    def charge(model: str) -> float:
        accrue_day(open_desk(model), now=moment)
        return ports.costs.total(model, *month_of(moment))

    spent, problems = on_each(names, charge, get_run_logger(), FAILED)
    rows = [{"model": name, "month": f"{moment:%Y-%m}", "spent": amount} for name, amount in spent.items()]
    create_table_artifact(key="costs", table=rows, description="What each model has cost in the month so far")
    require_all(problems, FAILED)
    return spent
