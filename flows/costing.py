"""Measured seconds × rates -> cost entries, and what a budget has left.

Pure but for the meter, which reads the process's own CPU clock. It knows no database.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra.domain.costs import CostEntry, Stage, Unit
from infra.spec import ModelSpec

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class StageSeconds:
    """What one stage used. `gpu_seconds` is None where there was no GPU to measure."""

    stage: Stage
    cpu_seconds: float
    wall_seconds: float
    gpu_seconds: float | None = None


@dataclass
class Meter:
    """Collects the seconds of each stage of one run, those of a failing stage included.

    CPU seconds are of the whole process, all threads: what the run's machine really spent on it.
    """

    stages: list[StageSeconds] = field(default_factory=list)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Measure the block, also when it raises."""
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            self.stages.append(
                StageSeconds(
                    stage=stage, cpu_seconds=time.process_time() - cpu, wall_seconds=time.perf_counter() - wall
                )
            )

    def gpu(self, stage: Stage, seconds: float) -> None:
        """Add GPU seconds of a stage that was measured on the device."""
        self.stages.append(StageSeconds(stage=stage, cpu_seconds=0.0, wall_seconds=0.0, gpu_seconds=seconds))

    def cpu_seconds(self, *stages: Stage) -> float:
        """Sum over the named stages, or over all when none is named."""
        return sum(one.cpu_seconds for one in self.stages if not stages or one.stage in stages)


def price(stages: Sequence[StageSeconds], spec: ModelSpec, *, run_id: str | None, at: datetime) -> list[CostEntry]:
    """One entry for each stage and kind of second, at the model file's rates."""
    rates = spec.costs
    entries = []
    for one in stages:
        if one.gpu_seconds is None:
            rate = rates.cpu_hour / SECONDS_PER_HOUR
            entries.append(_entry(spec, run_id, at, one, one.cpu_seconds, "cpu_second", rate, "process CPU clock"))
        else:
            rate = rates.gpu_hour / SECONDS_PER_HOUR
            entries.append(_entry(spec, run_id, at, one, one.gpu_seconds, "gpu_second", rate, "device events"))
    return entries


def price_labels(count: int, spec: ModelSpec, *, run_id: str, at: datetime) -> list[CostEntry]:
    """The labels a run was the first to use; no entry when labels have no price."""
    if not count or not spec.labels.cost_each:
        return []
    free = StageSeconds(stage="label", cpu_seconds=0.0, wall_seconds=0.0)
    return [_entry(spec, run_id, at, free, float(count), "label", spec.labels.cost_each, "labels counted")]


def _entry(
    spec: ModelSpec,
    run_id: str | None,
    at: datetime,
    seconds: StageSeconds,
    quantity: float,
    unit: Unit,
    rate: float,
    measured: str,
) -> CostEntry:
    return CostEntry(
        id=uuid.uuid4().hex,
        model=spec.model,
        run_id=run_id,
        stage=seconds.stage,
        at=at,
        quantity=quantity,
        unit=unit,
        rate=rate,
        amount=quantity * rate,
        currency=spec.costs.currency,
        cost_center=spec.cost_center,
        wall_seconds=seconds.wall_seconds,
        measured=measured,
    )


def month_of(at: datetime) -> tuple[datetime, datetime]:
    """First moment of the calendar month (UTC) of an event time, and of the next one.

    >>> month_of(datetime(2024, 12, 5, tzinfo=UTC))[1].isoformat()
    '2025-01-01T00:00:00+00:00'
    """
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first, following
