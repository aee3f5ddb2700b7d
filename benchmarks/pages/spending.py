"""How long the page of costs takes over the ledger of a month and over that of a year, while it is written to."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.pages.asking import ask
from benchmarks.pages.home import MODELS
from benchmarks.pages.place import place
from benchmarks.serving.figures import Figure
from infra.domain.costs import CostEntry, Stage
from infra.ports import Ports

MONTHS, ENTRIES, QUICK_ENTRIES = 12, 200_000, 24_000
MOST_RATIO = 2.0
_STAGES: tuple[Stage, ...] = ("prepare", "train", "evaluate", "label", "monitor", "report", "serve", "shadow")
_OF_A_RUN = 4
_NEWEST = datetime(2027, 12, 1, tzinfo=UTC)
"""The month that is written to; later than all that the home has."""


def run(asked: Asked) -> Found:
    """An entry is written before every request, so that the newest month is always read anew."""
    every = (QUICK_ENTRIES if asked.quick else ENTRIES) // MONTHS
    asks = 5 if asked.quick else 30
    rng, rows, medians = np.random.default_rng(asked.seed), [], []
    with place(asked) as (base, ports):
        for first, words in ((0, "a month"), (1, "a year")):
            say(f"writing {words} of {every:,} entries a month")
            for back in range(first, MONTHS if first else 1):
                month = (_NEWEST - timedelta(days=30 * back)).replace(day=1)
                ports.costs.add(_entries(month, every, rng))
            first_time = ask(base, "/costs", 1, _writing(ports), warming=0)[0][0]
            times, size = ask(base, "/costs", asks, _writing(ports))
            medians.append(statistics.median(times))
            p50, p95 = (float(np.percentile(times, share)) for share in (50, 95))
            rows.append((words, f"{first_time:.0f}", f"{p50:.1f}", f"{p95:.1f}", f"{size / 1000:.1f}"))
    figure = Figure(
        name=f"page of costs: the ledger of a year ({MONTHS * every:,} entries) over that of a month",
        value=medians[1] / medians[0],
        unit="ratio",
        sign="<=",
        bound=MOST_RATIO,
    )
    titles = ("ledger of", "at first (ms)", "p50 (ms)", "p95 (ms)", "HTML packed (kB)")
    return Found(figures=(figure,), table=table_of(titles, rows))


def _entries(month: datetime, number: int, rng: np.random.Generator) -> Iterator[CostEntry]:
    """Half of them of runs, spread evenly over 28 days and the models."""
    amounts, step = rng.uniform(1e-6, 1e-2, number).tolist(), timedelta(days=28) / number
    for position, amount in enumerate(amounts):
        group, turn = divmod(position, len(_STAGES))
        yield _entry(
            f"{month:%Y-%m}-{position}",
            model=f"model-{group % (MODELS - 1):02d}",
            run_id=f"{month:%Y-%m}-{group}" if turn < _OF_A_RUN else None,
            stage=_STAGES[turn],
            at=month + position * step,
            amount=amount,
        )


def _entry(name: str, *, model: str, run_id: str | None, stage: Stage, at: datetime, amount: float) -> CostEntry:
    return CostEntry(
        id=name,
        model=model,
        run_id=run_id,
        stage=stage,
        at=at,
        quantity=1e5 * amount,
        unit="cpu_second",
        rate=1e-5,
        amount=amount,
        currency="EUR",
        cost_center="line",
        wall_seconds=1.0,
        measured="process time",
    )


def _writing(ports: Ports) -> Callable[[], None]:
    """Every call charges something more to one model's newest day."""
    numbers = count()

    def write() -> None:
        at, amount = _NEWEST + timedelta(days=28), 1e-6 * (1 + next(numbers) % 7)
        ports.costs.accrue([_entry("serving", model="model-01", run_id=None, stage="serve", at=at, amount=amount)])

    return write
