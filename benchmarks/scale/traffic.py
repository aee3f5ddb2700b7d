"""As predictions become more: what it costs to take them in, and to judge a window of all of them, in what memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.scale.growth import TITLES, Curve, judged, rows_of
from benchmarks.scale.measuring import cost_of
from benchmarks.scale.world import fleet_on, kinds_of
from benchmarks.serving.figures import Figure
from benchmarks.serving.system import ROOT
from infra.domain.errors import Unavailable

KINDS = kinds_of(6, 2)
EVERY = 10
"""One row in so many has a label."""
MOST_HELD = 100_000
"""Larger windows are not held whole."""
MOST_GROWTH = 1.2
"""Of resident memory, from the first size that is not held whole to the largest."""


def run(asked: Asked) -> Found:
    """SQLite up to ten million rows, PostgreSQL up to a million."""
    plan = {"sqlite": (10**4, 10**5, 10**6, 10**7), "postgresql": (10**4, 10**5, 10**6)}
    held = MOST_HELD
    if asked.quick:
        plan, held = {"sqlite": (1_000, 5_000, 20_000), "postgresql": (1_000, 3_000, 10_000)}, 10_000
    curves: list[Curve] = []
    figures: list[Figure] = []
    not_run: dict[str, str] = {}
    for database, sizes in plan.items():
        try:
            found = _on(database, sizes, held, asked.seed)
        except Unavailable as error:
            not_run[database] = str(error)
            continue
        curves += found
        figures += [figure for curve in found if curve.unit != "MB" for figure in judged(curve)]
        if not asked.quick:
            memory = next(curve for curve in found if curve.unit == "MB")
            figures.append(_flat(memory))
    table = table_of(TITLES, [line for curve in curves for line in rows_of(curve)])
    return Found(figures=tuple(figures), table=table, not_run=not_run, curves=tuple(curves))


def _flat(memory: Curve) -> Figure:
    held = [cost for amount, cost in zip(memory.amounts, memory.costs, strict=True) if amount >= MOST_HELD]
    name = f"{memory.name}: of {memory.amounts[-1]:,.0f} rows over 100,000"
    return Figure(name=name, value=held[-1] / held[0], unit="ratio", sign="<=", bound=MOST_GROWTH)


def _on(database: str, sizes: Sequence[int], most_held: int, seed: int) -> list[Curve]:
    intake = []
    with (
        tempfile.TemporaryDirectory(prefix="scale-") as folder,
        fleet_on(database, Path(folder), KINDS, seed=seed) as fleet,
    ):
        fleet.add_model("warm")
        fleet.add_traffic("warm", 1_000)
        for size in sizes:
            name = f"rows-{size}"
            fleet.add_model(name)
            intake.append(cost_of(partial(fleet.add_traffic, name, size, EVERY)).cpu_seconds)
            say(f"    {database}, {size:,} rows: {intake[-1]:.1f} CPU s in")
        looks = _look(Path(folder), fleet.url, most_held, sizes)
    cpu, memory = [float(one["cpu_seconds"]) for one in looks], [float(one["peak_bytes"]) / 1e6 for one in looks]
    idle = [float(one["idle_cpu_seconds"]) for one in looks]
    return [
        Curve(name=f"taken in, {database}", work="predictions", unit="CPU s", amounts=sizes, costs=intake),
        Curve(name=f"a window judged, {database}", work="predictions", unit="CPU s", amounts=sizes, costs=cpu),
        Curve(name=f"a look with nothing new, {database}", work="predictions", unit="CPU s", amounts=sizes, costs=idle),
        Curve(name=f"memory at its highest, {database}", work="predictions", unit="MB", amounts=sizes, costs=memory),
    ]


def _look(home: Path, url: str, most_held: int, sizes: Sequence[int]) -> list[Mapping[str, float]]:
    """A look at each model in a process of their own.

    Raises:
        Unavailable: it failed; with the last it said.
    """
    words = [str(home), url, str(most_held), *map(str, sizes)]
    command = [sys.executable, "-m", "benchmarks.scale.window_child", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise Unavailable(f"a look failed: {done.stderr.strip()[-500:]}")
    found: list[Mapping[str, float]] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if (judged := [one["rows"] for one in found]) != [*sizes]:
        raise Unavailable(f"looks at {sizes} rows judged {judged}")
    say(f"    {found}")
    return found
