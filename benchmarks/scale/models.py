"""As models become more: a look at each of them, with a window to judge and with nothing to do, and their trainings."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.scale.growth import TITLES, Curve, judged, rows_of
from benchmarks.scale.measuring import Cost, cost_of
from benchmarks.scale.world import START, STEP, Fleet, fleet_on, kinds_of
from flows.monitor import monitor
from flows.retraining.pending import answer_pending
from flows.windows.references import References
from infra.domain.errors import Unavailable
from services.inference.posts import read_wanted

KINDS = kinds_of(3, 2)
ROWS = 100
"""New rows of each model before a look, one window."""
ASKED = 20
LATER = 7_200
"""Seconds after the last row, when its label is due."""


def run(asked: Asked) -> Found:
    """Both databases; fewer models, and far fewer trainings, when it is to be quick."""
    sizes, queues = ((1, 3, 9), (1, 2, 4)) if asked.quick else ((1, 10, 100, 200), (1, 10, 30, 100))
    curves: list[Curve] = []
    not_run: dict[str, str] = {}
    for database in ("sqlite", "postgresql"):
        say(f"  {database}")
        try:
            curves += _on(database, sizes, queues if database == "sqlite" or not asked.quick else (), asked.seed)
        except Unavailable as error:
            not_run[database] = str(error)
    figures = [figure for curve in curves if curve.unit == "CPU s" for figure in judged(curve)]
    table = table_of(TITLES, [line for curve in curves for line in rows_of(curve)])
    return Found(figures=tuple(figures), table=table, not_run=not_run, curves=tuple(curves))


def _on(database: str, sizes: Sequence[int], queues: Sequence[int], seed: int) -> list[Curve]:
    with (
        tempfile.TemporaryDirectory(prefix="scale-") as folder,
        fleet_on(database, Path(folder), KINDS, seed=seed) as fleet,
    ):
        names = [f"model-{place:04d}" for place in range(max(sizes))]
        fleet.add_model(names[0])
        _round(fleet, names[:1])  # what is imported at the first look is nobody's
        working, idle, asking = [], [], []
        for before, size in pairwise((1, *sizes)):
            for name in names[before:size]:
                fleet.add_model(name)
            asking.append(cost_of(lambda: [read_wanted(fleet.ports) for _ in range(ASKED)]))
            costs = _round(fleet, names[:size])
            working.append(costs[0])
            idle.append(costs[1])
            say(f"    {size} models: {costs[0].cpu_seconds:.2f} and {costs[1].cpu_seconds:.2f} CPU s")
        queue = [_queue(fleet, names[:size]) for size in queues]
    made = [
        *_curves(f"a look with a window to judge, {database}", sizes, working),
        *_curves(f"a look with nothing to do, {database}", sizes, idle),
    ]
    replica = [Cost(cpu_seconds=one.cpu_seconds / ASKED, seconds=one.seconds / ASKED) for one in asking]
    made += _curves(f"a replica asks who answers, {database}", sizes, replica)
    return [*made, *_curves(f"a retraining, {database}", queues, queue)] if queues else made


def _curves(name: str, sizes: Sequence[int], costs: Sequence[Cost]) -> list[Curve]:
    cpu, clock = [cost.cpu_seconds for cost in costs], [cost.seconds for cost in costs]
    return [
        Curve(name=name, work="models", unit="CPU s", amounts=sizes, costs=cpu),
        Curve(name=f"{name}, by the clock", work="models", unit="s", amounts=sizes, costs=clock),
    ]


def _round(fleet: Fleet, names: Sequence[str]) -> tuple[Cost, Cost]:
    """(a round of looks at models that each have a window to close and to measure, one with nothing new)."""
    ends = [fleet.add_traffic(name, ROWS) for name in names]

    def look(name: str, end: datetime) -> None:
        desk = fleet.desk(name)
        monitor(desk, References(desk), lambda *_: None, now=end + LATER * STEP)

    looks = [partial(look, name, end) for name, end in zip(names, ends, strict=True)]
    return cost_of(*looks), cost_of(*looks)


def _queue(fleet: Fleet, names: Sequence[str]) -> Cost:
    """One retraining of each model, one after the other."""
    ends = [fleet.add_traffic(name, 2 * ROWS) + LATER * STEP for name in names]
    for name, end in zip(names, ends, strict=True):
        fleet.ask_for_training(name, max(START, end))
    answers = [partial(answer_pending, fleet.desk(name), now=end) for name, end in zip(names, ends, strict=True)]
    return cost_of(*answers)
