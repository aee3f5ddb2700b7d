"""What flows take, in the ledger: a run's meter, read while it runs, so that a process that is killed leaves what it
had spent until then; and what belongs to no run, by the day.

A run that is resumed has a new meter, whose readings stand beside those of the segments before it.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from flows.costing import CPU_CLOCK, Meter, StageSeconds, price
from flows.desk import Desk
from flows.training.fitting import Epoch
from infra.domain.costs import CostEntry, Stage, price_of
from infra.domain.decisions import TrainingRun
from infra.ledger.accruals import day_entry
from infra.ledger.pricing import Quantity
from infra.shared_clock import OF_THIS_PROCESS, SharedClock
from infra.spec import ModelSpec

LEAST_SECONDS = 1.0
"""Between two readings: epochs of a small network are shorter than the disk is."""


def run_meter(desk: Desk, run: TrainingRun) -> Meter:
    """A meter of one segment of the run, which writes its readings to the ledger at each checkpoint."""
    meter = Meter()

    def keep(stages: Sequence[StageSeconds]) -> None:
        desk.ports.costs.meter(price(stages, desk.spec, run_id=run.id, at=run.at, segment=meter.segment))

    meter.keep = keep
    return meter


def checkpointing(on_epoch: Callable[[Epoch], None], meter: Meter) -> Callable[[Epoch], None]:
    """What is told of an epoch is told on, and the meter is read, at most once a second."""
    last = float("-inf")

    def told(epoch: Epoch) -> None:
        nonlocal last
        if time.monotonic() - last >= LEAST_SECONDS:
            last = time.monotonic()
            meter.checkpoint()
        on_epoch(epoch)

    return told


@contextmanager
def charged(desk: Desk, stage: Stage, *, now: datetime) -> Iterator[None]:
    """What the block takes goes to the entry of its day, also when it raises."""
    meter = Meter()
    try:
        with meter.stage(stage):
            yield
    finally:
        (took,) = meter.stages
        charge(desk, stage, took.cpu_seconds, now=now, wall_seconds=took.wall_seconds)


def charge_start(desks: Sequence[Desk], *, now: datetime, clock: SharedClock = OF_THIS_PROCESS) -> None:
    """Charge what this process took beside everything metered in it to these models, evenly, as monitoring: its start,
    Prefect's own work, and what it imported itself. Only for a process that does this alone."""
    rest = clock.take_rest()
    for desk in desks:
        charge(desk, "monitor", rest / len(desks), now=now)


def is_flow_process() -> bool:
    """Whether Prefect started this process for one flow run."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec is not None and str(spec.name).startswith("prefect.")


def charge(desk: Desk, stage: Stage, cpu_seconds: float, *, now: datetime, wall_seconds: float = 0.0) -> None:
    """Add CPU seconds that belong to no run to the entry of the day of event time `now`."""
    quantity = Quantity(
        stage=stage, unit="cpu_second", amount=cpu_seconds, measured=CPU_CLOCK, wall_seconds=wall_seconds
    )
    desk.ports.costs.accrue([day_entry(quantity, desk.spec, at=now)])


def cost_so_far(meter: Meter, spec: ModelSpec, run: TrainingRun) -> float | None:
    """What this process has spent on the run until now, at the model file's rates; None where a rate is not known."""
    amounts = [entry.amount for entry in price(meter.readings(), spec, run_id=run.id, at=run.at)]
    return sum(amount for amount in amounts if amount is not None) if None not in amounts else None


def spent_on(desk: Desk, run_id: str) -> dict[str, float]:
    """`cpu_seconds` and `cost` of a run as the ledger has them, all of its segments; no cost where it is not priced."""
    entries = desk.ports.costs.of_run(run_id)
    seconds, cost = sum(entry.quantity for entry in entries if entry.unit == "cpu_second"), price_of(entries)
    return {"cpu_seconds": seconds, **({} if cost is None else {"cost": cost})}


def known_cost(spec: ModelSpec, run: TrainingRun) -> float | None:
    """What a run keeps as its cost; None where computing had no price, since the sum of nothing is not free."""
    return None if spec.costs.at(run.at).cpu_hour is None else (run.metrics or {}).get("cost")


def cost_by_stage(entries: Sequence[CostEntry]) -> dict[str, float]:
    """What is known of the cost of each stage, as the tracker names it."""
    found: dict[str, float] = defaultdict(float)
    for entry in entries:
        if entry.amount is not None:
            found[f"cost/{entry.stage}"] += entry.amount
    return dict(found)
