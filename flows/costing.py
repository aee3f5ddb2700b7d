"""Measured seconds × rates -> cost entries. Pure but for the meter, which reads the process's own CPU clock.

A run's seconds are read as a counter: each segment of a run (a process that worked on it until it ended or was killed)
has entries of its own under stable ids, so that readings may be written at every epoch, and again, and count once.
It knows no database.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from infra.domain.costs import CostEntry, Stage
from infra.ledger.months import month_of
from infra.ledger.pricing import Quantity, entry_of
from infra.shared_clock import OF_THIS_PROCESS, SharedClock
from infra.spec import ModelSpec

__all__ = ["Meter", "StageSeconds", "month_of", "price", "price_labels"]

CPU_CLOCK, DEVICE_CLOCK = "process CPU clock", "device events"


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

    CPU seconds are of the whole process, all threads: what the run's machine really spent on it; where several are
    metered at once in one process they share them evenly. `segment` names this process's share of the run.
    """

    stages: list[StageSeconds] = field(default_factory=list)
    segment: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    keep: Callable[[Sequence[StageSeconds]], None] = lambda _: None
    """Told what was spent so far at each checkpoint, so that a killed process leaves its account."""
    clock: SharedClock = OF_THIS_PROCESS
    _begun: tuple[Stage, object, float] | None = None
    _elsewhere: dict[Stage, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Measure the block, also when it raises. A stage within a stage is taken out of the outer one."""
        outer = self._begun
        if outer is not None:
            self._end()
        self._begin(stage)
        try:
            yield
        finally:
            self._end()
            if outer is not None:
                self._begin(outer[0])

    def checkpoint(self) -> None:
        """Have kept what was spent until now, the stage under way included."""
        self.keep(self.readings())

    def readings(self) -> list[StageSeconds]:
        """What was spent until now, the stage under way included."""
        others = [
            StageSeconds(stage=stage, cpu_seconds=spent, wall_seconds=0.0) for stage, spent in self._elsewhere.items()
        ]
        if self._begun is None:
            return [*self.stages, *others]
        stage, reader, wall = self._begun
        return [*self.stages, *others, _taken(stage, self.clock.read(reader), wall)]

    def elsewhere(self, stage: Stage, cpu_seconds: float) -> None:
        """What other processes have spent on a stage until now, in place of what was said before."""
        self._elsewhere[stage] = cpu_seconds

    def gpu(self, stage: Stage, seconds: float) -> None:
        """Add GPU seconds of a stage that was measured on the device."""
        self.stages.append(StageSeconds(stage=stage, cpu_seconds=0.0, wall_seconds=0.0, gpu_seconds=seconds))

    def cpu_seconds(self, *stages: Stage) -> float:
        """Sum over the named stages, or over all when none is named."""
        others = sum(spent for stage, spent in self._elsewhere.items() if not stages or stage in stages)
        return others + sum(one.cpu_seconds for one in self.stages if not stages or one.stage in stages)

    def _begin(self, stage: Stage) -> None:
        self._begun = (stage, self.clock.open(), time.perf_counter())

    def _end(self) -> None:
        assert self._begun is not None
        (stage, reader, wall), self._begun = self._begun, None
        self.stages.append(_taken(stage, self.clock.close(reader), wall))


def _taken(stage: Stage, cpu_seconds: float, wall_began: float) -> StageSeconds:
    return StageSeconds(stage=stage, cpu_seconds=cpu_seconds, wall_seconds=time.perf_counter() - wall_began)


def price(
    stages: Sequence[StageSeconds], spec: ModelSpec, *, run_id: str | None, at: datetime, segment: str = ""
) -> list[CostEntry]:
    """One entry for each stage and kind of second, at the model file's rates on the day of `at`.

    Ids follow from run, stage, kind and segment: the same segment priced again gives the same entries.
    """
    named = segment if run_id is not None else segment or uuid.uuid4().hex
    return [
        entry_of(
            quantity,
            spec,
            entry_id=f"{run_id or spec.model}:{quantity.stage}:{quantity.unit}:{named}",
            run_id=run_id,
            at=at,
        )
        for quantity in _sums(stages)
    ]


def _sums(stages: Sequence[StageSeconds]) -> list[Quantity]:
    """One quantity for each stage and kind of second, in the order in which they began."""
    found: dict[tuple[Stage, bool], list[StageSeconds]] = {}
    for one in stages:
        found.setdefault((one.stage, one.gpu_seconds is not None), []).append(one)
    return [
        Quantity(
            stage=stage,
            unit="gpu_second" if is_gpu else "cpu_second",
            amount=sum((one.gpu_seconds or 0.0) if is_gpu else one.cpu_seconds for one in parts),
            measured=DEVICE_CLOCK if is_gpu else CPU_CLOCK,
            wall_seconds=sum(one.wall_seconds for one in parts),
        )
        for (stage, is_gpu), parts in found.items()
    ]


def price_labels(count: int, spec: ModelSpec, *, run_id: str, at: datetime) -> list[CostEntry]:
    """The labels a run was the first to use, and the minutes it took to give them where those are said."""
    if not count:
        return []
    minutes = spec.costs.staff_minutes.label
    quantities = [Quantity(stage="label", unit="label", amount=float(count), measured="labels counted")]
    if minutes is not None:
        text = f"{minutes:g} minutes assumed for each label"
        quantities.append(
            Quantity(stage="label", unit="staff_minute", amount=count * minutes, measured=text, basis="assumed")
        )
    return [entry_of(one, spec, entry_id=f"{run_id}:label:{one.unit}", run_id=run_id, at=at) for one in quantities]
