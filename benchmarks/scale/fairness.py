"""Do models get their turns beside one whose looks take long? Waits of all the others, with it and without.

Rounds are made as the scheduled flow makes them, in as many threads, without Prefect: models in order of who was not
looked at for longest. A wait is from the beginning of a round until a model's turn is over.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.scale.models import KINDS, LATER, ROWS
from benchmarks.scale.world import STEP, Fleet, fleet_on
from benchmarks.serving.figures import Figure
from flows.desk import wall_clock
from flows.rounds import look_at_all
from flows.turns import longest_unseen_first
from infra.domain.errors import Unavailable
from monitoring.silence import MONITOR

NOISY = "noisy"
MOST_LONGER = 2.0
"""So many times as long may the last model wait beside a noisy neighbour: it takes one of four threads, and half of a
processor where there are two."""
Waits = dict[str, float]


def run(asked: Asked) -> Found:
    """200 models on one PostgreSQL, each with a window to judge, and one whose window is 2,000 times as large."""
    count, rows = (10, 2_000) if asked.quick else (200, 200_000)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="scale-") as folder,
            fleet_on("postgresql", Path(folder), KINDS, seed=asked.seed) as fleet,
        ):
            quiet, noisy = _rounds(fleet, [f"model-{place:04d}" for place in range(count)], rows)
    except Unavailable as error:
        return Found(figures=(), not_run={"PostgreSQL": str(error)})
    longer = max(noisy.values()) / max(quiet.values())
    lines = [_line("without it", quiet), _line("beside it", noisy)]
    return Found(
        figures=(
            Figure(
                name=f"{count} models: longest wait beside a noisy neighbour over that without",
                value=longer,
                unit="ratio",
                sign="<=",
                bound=MOST_LONGER,
            ),
            Figure(
                name=f"{count} models: turns missed beside a noisy neighbour",
                value=float(count - len(noisy)),
                unit="turns",
                sign="<=",
                bound=0.0,
            ),
        ),
        table=table_of(("a round", "median wait", "nine tenths", "longest"), lines),
    )


def _line(name: str, waits: Waits) -> tuple[str, ...]:
    ordered = sorted(waits.values())
    figures = (median(ordered), ordered[int(0.9 * (len(ordered) - 1))], ordered[-1])
    return (name, *(f"{seconds:.2f} s" for seconds in figures))


def _rounds(fleet: Fleet, names: Sequence[str], rows: int) -> tuple[Waits, Waits]:
    """Waits of the named models in a round of them, and in one with the noisy model among them."""
    for name in (*names, NOISY):
        fleet.add_model(name)
    fleet.windows[NOISY] = f"{rows} rows"
    fleet.add_traffic(NOISY, rows - ROWS)
    _round(fleet, [NOISY])  # what is imported at the first look, of a large window too
    quiet = _round(fleet, names)
    say(f"  quiet: {max(quiet.values()):.1f} s")
    fleet.add_traffic(NOISY, rows - ROWS)
    noisy = _round(fleet, [*names, NOISY])
    say(f"  with a noisy neighbour, whose turn took {noisy.pop(NOISY):.1f} s: {max(noisy.values()):.1f} s")
    return quiet, noisy


def _round(fleet: Fleet, names: Sequence[str]) -> Waits:
    """Every model has a window to judge."""
    now = max([fleet.add_traffic(name, ROWS) for name in names]) + LATER * STEP
    ordered = longest_unseen_first(names, fleet.ports.heartbeats.all(), MONITOR)
    began, waits = perf_counter(), Waits()
    for looked in look_at_all(ordered, fleet.desk, now=now, begun=wall_clock()):
        if looked.problem is not None:
            raise looked.problem
        waits[looked.model] = perf_counter() - began
    return waits
