"""The scheduled Prefect flow: look at every model, retrain those that ask for it, watch those on probation."""

from __future__ import annotations

from datetime import datetime

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.desk import wall_clock
from flows.holding import held, if_free
from flows.ledger.metering import charge_start, is_flow_process
from flows.monitor import monitor
from flows.notifying import deliver
from flows.retrain_flow import RETRY_SECONDS, retrain_flow, something_was_away
from flows.retraining.retrying import due
from flows.trial.mirroring import mirror_champion
from flows.watch_flow import watch_flow
from flows.windows.pages import pages_afterwards
from flows.windows.references import References
from flows.workplace import open_desk
from infra.domain.alerts import Heartbeat
from infra.domain.errors import Refused
from infra.ports import Heartbeats, Ports
from infra.settings import Settings
from infra.wiring import build_ports
from monitoring.silence import MONITOR


@task(
    name="look",
    task_run_name="look at {model}",
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=something_was_away,
    cache_policy=NO_CACHE,
)
def look(model: str, now: datetime) -> bool:
    """One look at one model; its pages are printed after everything was decided. Whether a retraining waits."""
    desk = open_desk(model)
    with pages_afterwards(desk, now=now) as press:
        found = monitor(desk, References(desk), press, now=now)
    mirror_champion(desk)
    get_run_logger().info("%s: closed %d windows, measured %d", model, len(found.closed), len(found.measured))
    return bool(due(desk) or desk.ports.triggers.in_state(model, "requested"))


LOOKS = ":looks"
"""The lease of whoever looks at all models; no model can have this name."""


@flow(name="monitor")
def monitor_flow(model: str | None = None, now: datetime | None = None) -> dict[str, str]:
    """Look at `model`, or at every registered model when none is named, at event time `now` (default: this moment).

    While another look at every model is under way, in whatever process, there is nothing to do. One model's failure
    does not keep the others from being looked at; it fails the run at the end.
    """
    moment = now or wall_clock()
    ports = build_ports(Settings())
    if model is not None:
        return _look_after(ports, [model], moment)
    with if_free(held(ports.leases, LOOKS, "looks", wall_clock)) as hold:
        if isinstance(hold, Refused):
            get_run_logger().info("another look is under way: %s", hold)
            return {}
        return _look_after(ports, [one.name for one in ports.models.all()], moment)


def _look_after(ports: Ports, names: list[str], moment: datetime) -> dict[str, str]:
    states = {name: look.submit(name, moment) for name in names}
    outcome: dict[str, str] = {}
    failures: list[str] = []
    for name, state in states.items():
        waits = state.result(raise_on_failure=False)
        beat(ports.heartbeats, name, waits)
        if isinstance(waits, Exception):
            failures.append(f"{name}: {waits}")
            continue
        run = (retrain_flow if waits else watch_flow)(name, now=moment, return_state=True)
        word = run.result(raise_on_failure=False)
        if isinstance(word, Exception):
            failures.append(f"{name}: {word}")
            continue
        outcome[name] = word
    deliver(ports, Settings())
    if is_flow_process():
        charge_start([open_desk(name) for name in outcome], now=moment)
    if failures:
        raise RuntimeError("these models could not be looked after: " + "; ".join(failures))
    return outcome


def beat(heartbeats: Heartbeats, model: str, came_of_it: object) -> None:
    """A sign of life, on the wall clock whatever moment was looked at: the service misses it where it stays out."""
    failed = isinstance(came_of_it, Exception)
    words = f"{type(came_of_it).__name__}: {came_of_it}" if failed else ""
    heartbeats.beat(Heartbeat(name=MONITOR, model=model, at=wall_clock(), ok=not failed, message=words))
