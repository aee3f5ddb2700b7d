"""Candidates at the gate: those that are no better, those that are, and those that are worse, beside other ways to
decide.

Champion and candidate are wrong at rates of their own, independently, which is the hardest case: two networks that
share most of their errors are told apart with fewer rows. Each candidate is judged on rows of its own.
`decide_promotion` and `allot` are those of the service, with the ledger of the uses before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from scipy import stats

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure
from flows.promotion import Comparison, Losses, allot, decide_promotion, paired_p_value
from infra.domain.holdouts import HoldoutUse
from infra.spec import Promotion

BASE, ROWS, PAIRS, SERIES = 0.10, 500, 5_000, 200
"""The champion's error; rows of a usual holdout; pairs of the better candidates; candidates of a series."""
START = datetime(2024, 1, 1, tzinfo=UTC)
RULES = Promotion()
Way = Callable[[Losses, Losses], bool]
OURS, SHARED = "keepsharp", "keepsharp, 80 % of the errors shared"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Promoted of a series of null candidates (the mean and the most over all series), of better and of worse ones."""

    null_mean: float
    null_most: int
    better: float
    worse: int


def run(asked: Asked) -> Found:
    """Every way on the same candidates."""
    many = 3 if asked.quick else 40
    counts = [null_series(np.random.default_rng([asked.seed, number])) for number in range(many)]
    say(f"  null candidates: {counts} promoted of {SERIES} each")
    tries = 60 if asked.quick else 300
    first, later = (share_promoted(asked.seed, 0.02, tries, attempts=before) for before in (0, 9))
    shared = share_promoted(asked.seed, 0.02, tries, attempts=9, shared=0.8)
    worse = sum(promoted(np.random.default_rng([asked.seed, 7, n]), -0.05, ROWS, 0) for n in range(SERIES))
    say(f"  better: {first:.1%} as the first, {later:.1%} as the tenth, {shared:.1%} with shared errors")
    rows = {OURS: Row(null_mean=float(np.mean(counts)), null_most=max(counts), better=first, worse=worse)}
    rows |= {name: measure(way, many, tries, asked.seed) for name, way in OTHERS.items()}
    extra = (
        f"Better by 2 points as the tenth candidate of its series: {later:.1%}; with 80 % of the errors shared "
        f"{shared:.1%}."
    )
    return Found(figures=_figures(counts, first, worse), table=f"{_table(rows, many)}\n\n{extra}")


def null_series(rng: np.random.Generator, candidates: int = SERIES) -> int:
    """Promoted candidates of a series that are as good as the champion."""
    uses: list[HoldoutUse] = []
    for number in range(candidates):
        verdict = promoted(rng, 0.0, ROWS, number, uses)
        uses.append(_use(number, verdict))
    return sum(use.outcome == "promote" for use in uses)


def share_promoted(seed: int, gain: float, tries: int, *, attempts: int, shared: float = 0.0) -> float:
    """Of candidates that are better by `gain`, after so many rejected ones, on 5,000 pairs each."""
    uses = [_use(number, False) for number in range(attempts)]
    rng = np.random.default_rng([seed, 3])
    return sum(promoted(rng, gain, PAIRS, attempts, uses, shared) for _ in range(tries)) / tries


def promoted(
    rng: np.random.Generator,
    gain: float,
    rows: int,
    number: int,
    uses: list[HoldoutUse] | None = None,
    shared: float = 0.0,
) -> bool:
    """Whether one candidate is promoted."""
    champion, candidate = _both(rng, gain, rows, shared)
    comparison = Comparison(
        task="classification",
        candidate=candidate,
        champion=champion,
        baseline=np.ones(rows),
        sure=np.zeros(rows, dtype=np.bool_),
        slices={},
    )
    allotment = allot(RULES.confidence, uses or [], _window(number, rows))
    return decide_promotion(comparison, RULES, allotment).promote


def measure(way: Way, series: int, tries: int, seed: int) -> Row:
    """The same of another way to decide, which knows no ledger."""
    rng = np.random.default_rng([seed, 5])
    counts = [sum(way(*_both(rng, 0.0, ROWS)) for _ in range(SERIES)) for _ in range(series)]
    better = sum(way(*_both(rng, 0.02, PAIRS)) for _ in range(tries)) / tries
    worse = sum(way(*_both(rng, -0.05, ROWS)) for _ in range(SERIES))
    return Row(null_mean=float(np.mean(counts)), null_most=max(counts), better=better, worse=worse)


def _higher(champion: Losses, candidate: Losses) -> bool:
    return bool(candidate.mean() < champion.mean())


def _unpaired(champion: Losses, candidate: Losses) -> bool:
    """The z-test of two shares, at 5 %, as if the rows were not the same."""
    pooled = (champion.mean() + candidate.mean()) / 2
    spread = np.sqrt(2 * pooled * (1 - pooled) / len(champion)) or 1.0
    return bool(stats.norm.sf((champion.mean() - candidate.mean()) / spread) <= 0.05)


def _mcnemar(level: float) -> Way:
    return lambda champion, candidate: paired_p_value(champion, candidate) <= level


OTHERS: dict[str, Way] = {
    "McNemar at 1 % each time": _mcnemar(0.01),
    "McNemar at 5 % each time": _mcnemar(0.05),
    "z-test at 5 % each time": _unpaired,
    "the higher accuracy": _higher,
}


def _both(rng: np.random.Generator, gain: float, rows: int, shared: float = 0.0) -> tuple[Losses, Losses]:
    """Losses of a champion at 10 % error, and of a candidate better by `gain`, which share some."""
    error = BASE - gain
    champion = rng.random(rows) < BASE
    common = shared * min(error, BASE)
    mine = np.where(champion, rng.random(rows) < common / BASE, False)
    alone = (error - common) / (1.0 - BASE * shared)
    candidate = mine | ((rng.random(rows) < alone) & ~(champion & (shared > 0.0)))
    return champion.astype(np.float64), candidate.astype(np.float64)


def _window(number: int, rows: int) -> range:
    return range(number * PAIRS + 1, number * PAIRS + 1 + rows)


def _use(number: int, was_promoted: bool) -> HoldoutUse:
    window = _window(number, ROWS)
    return HoldoutUse(
        id=str(number),
        model="m",
        at=START + timedelta(hours=number),
        version=number + 2,
        run_id=str(number),
        kind="window",
        first_seq=window[0],
        last_seq=window[-1],
        rows=ROWS,
        sha256="",
        alpha=0.0,
        later=0.0,
        p_value=None,
        outcome="promote" if was_promoted else "reject",
    )


def _figures(counts: list[int], better: float, worse: int) -> tuple[Figure, ...]:
    above = sum(count > 2 for count in counts) / len(counts)
    return (
        Figure(
            name=f"{SERIES} candidates that are no better: promoted",
            value=counts[0],
            unit="candidates",
            sign="<=",
            bound=2,
        ),
        Figure(name=f"series of {SERIES} with more than 2 promoted", value=above, unit="share", sign="<=", bound=0.05),
        Figure(name="better by 2 points on 5,000 pairs: promoted", value=better, unit="share", sign=">=", bound=0.8),
        Figure(name=f"5 points worse: promoted of {SERIES}", value=worse, unit="candidates", sign="<=", bound=0),
    )


def _table(rows: Mapping[str, Row], series: int) -> str:
    titles = (
        "decided by",
        f"no better: promoted of {SERIES}, mean of {series} series",
        "the most",
        "better by 2 points on 5,000 pairs",
        f"5 points worse: of {SERIES}",
    )
    lines = [
        (name, f"{row.null_mean:.2f}", str(row.null_most), f"{row.better:.1%}", str(row.worse))
        for name, row in rows.items()
    ]
    return table_of(titles, lines)
