"""As rows become wider: what it costs to take them in, to judge a window of them, and to train on them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.scale.growth import TITLES, Curve, judged, rows_of
from benchmarks.scale.measuring import cost_of
from benchmarks.scale.world import STEP, fleet_on, kinds_of
from flows.monitor import monitor
from flows.windows.references import References

ROWS = 1_000


def run(asked: Asked) -> Found:
    """A window of a thousand rows of 10 to 1,000 features, one in five a category, on SQLite."""
    widths = (10, 30, 100) if asked.quick else (10, 30, 100, 300, 1_000)
    costs: dict[str, list[float]] = {"a training": [], "a thousand rows taken in": [], "a window judged": []}
    for width in (10, *widths):  # the first is for what is imported
        say(f"  {width} features")
        for name, seconds in _of_width(width, asked.seed).items():
            costs[name].append(seconds)
    curves = [
        Curve(name=name, work="features", unit="CPU s", amounts=widths, costs=found[1:])
        for name, found in costs.items()
    ]
    figures = [figure for curve in curves for figure in judged(curve)]
    table = table_of(TITLES, [line for curve in curves for line in rows_of(curve)])
    return Found(figures=tuple(figures), table=table, curves=tuple(curves))


def _of_width(width: int, seed: int) -> dict[str, float]:
    kinds = kinds_of(width - width // 5, width // 5)
    with (
        tempfile.TemporaryDirectory(prefix="scale-") as folder,
        fleet_on("sqlite", Path(folder), kinds, f"{ROWS} rows", seed) as fleet,
    ):
        training = cost_of(lambda: fleet.add_model("wide"))
        intake = cost_of(lambda: fleet.add_traffic("wide", ROWS))
        desk, now = fleet.desk("wide"), fleet.add_traffic("wide", 1) + 7_200 * STEP
        look = cost_of(lambda: monitor(desk, References(desk), lambda *_: None, now=now))
    return {
        "a training": training.cpu_seconds,
        "a thousand rows taken in": intake.cpu_seconds,
        "a window judged": look.cpu_seconds,
    }
