"""The scheduled Prefect flow: look at every model, watch those on probation, and have those trained that ask for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from prefect import flow, get_run_logger

from flows.desk import wall_clock
from flows.holding import held, if_free
from flows.ledger.metering import charge_start, is_flow_process
from flows.notifying import deliver
from flows.one_by_one import require_all
from flows.retrain_flow import RETRY_SECONDS
from flows.rounds import Looked, beat, look_at_all
from flows.trainings_flow import ask_for_trainings, is_deployed, trainings_flow
from flows.turns import lane, longest_unseen_first
from flows.watch_flow import keep_probation_page
from flows.workplace import open_desk
from infra.domain.errors import Refused, Unavailable
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports
from monitoring.silence import MONITOR

LOOKS = ":looks"
"""The lease of whoever looks at all models; no model can have this name."""


@flow(name="monitor")
def monitor_flow(model: str | None = None, now: datetime | None = None, number: int = 1) -> dict[str, str]:
    """Look at `model`, or at every registered model when none is named, at event time `now` (default: this moment).

    The models that were not looked at for longest come first. While another process is at the lane of this `number`
    there is nothing to do. One model's failure does not keep the others from being looked at; it fails the run at the
    end. What waits to be trained is trained by other runs where there are deployments, and else here when every model
    has had its turn.
    """
    moment = now or wall_clock()
    ports = build_ports(Settings())
    if model is not None:
        return _look_after(ports, [model], moment)
    with if_free(held(ports.leases, lane(LOOKS, number), "looks", wall_clock)) as hold:
        if isinstance(hold, Refused):
            get_run_logger().info("another look is under way: %s", hold)
            return {}
        names = longest_unseen_first((one.name for one in ports.models.all()), ports.heartbeats.all(), MONITOR)
        return _look_after(ports, names, moment)


def _look_after(ports: Ports, names: Sequence[str], moment: datetime) -> dict[str, str]:
    found = _round(ports, names, moment)
    outcome = {looked.model: looked.word for looked in found if looked.problem is None}
    failures = [f"{looked.model}: {looked.problem}" for looked in found if looked.problem is not None]
    if waits := [looked.model for looked in found if looked.waits]:
        if is_deployed():
            ask_for_trainings(len(waits))
        else:
            trained = trainings_flow(models=waits, now=moment, return_state=True).result(raise_on_failure=False)
            if isinstance(trained, Exception):
                failures.append(str(trained))
            else:
                outcome |= trained
    deliver(ports, Settings())
    if is_flow_process():
        charge_start([open_desk(name) for name in outcome], now=moment)
    require_all(failures, "could not be looked after")
    return outcome


def _round(ports: Ports, names: Sequence[str], moment: datetime) -> list[Looked]:
    """What came of each model's turn; where something outside did not answer, it has another when all had theirs."""
    logger, begun = get_run_logger(), wall_clock()
    over: list[Looked] = []
    for pause in (*RETRY_SECONDS, None):
        away: list[str] = []
        for looked in look_at_all(names, open_desk, now=moment, begun=begun):
            logger.info("%s: %s", looked.model, looked.problem or looked.word)
            if isinstance(looked.problem, Unavailable) and pause is not None:
                away.append(looked.model)
                continue
            if looked.problem is not None:
                beat(ports.heartbeats, looked.model, looked.problem, at=wall_clock())
            keep_probation_page(looked.model, looked.watched)
            over.append(looked)
        if pause is None or not away:
            break
        time.sleep(pause)
        names = away
    return over
