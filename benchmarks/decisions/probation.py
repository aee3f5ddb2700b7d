"""A champion on probation: one that is bad is taken back, one that is as good is kept. Beside ways that look as often.

Both are wrong at rates of their own, independently: the old one at 10 %. It is looked at after every 50 labels. A clean
stream has 20,000 labels, the first 1,000 of them on probation as in service; the table has one probation of all 20,000
besides, so that looking has its chance to go wrong. `judge_probation` is that of the service.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import inf

import numpy as np
from scipy import stats

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure
from infra.domain.predictions import Answered, Label, Prediction
from infra.spec import ModelSpec
from monitoring.watch import judge_probation

BASE, EVERY, WITHIN, CLEAN = 0.10, 50, 500, 20_000
START = datetime(2024, 1, 1, tzinfo=UTC)
SPEC = ModelSpec.model_validate(
    {"model": "m", "task": "classification", "data": {"source": "none.csv", "target": "truth"}}
)
Look = Callable[[np.ndarray, np.ndarray], bool]
"""Whether the champion with the first losses is taken back for the one with the second ones, at one look."""


def run(asked: Asked) -> Found:
    """The test of the service, and others on the same streams."""
    bad, clean = (60, 6) if asked.quick else (400, 100)
    delays = {error: [ours(asked.seed, error, number) for number in range(bad)] for error in (0.20, 0.15, 0.30)}
    say(f"  10 to 20 % error: {np.mean(np.isfinite(delays[0.20])):.1%} within {WITHIN} labels")
    served = sum(is_lost_in_service(asked.seed, number) for number in range(clean))
    false = sum(clean_is_lost(asked.seed, number) for number in range(clean))
    say(f"  {served} of {clean} clean streams in service, {false} in one probation of {CLEAN} labels")
    lines = [("keepsharp", f"{false} of {clean}", *(_share(delays[error]) for error in delays))]
    for name, look in OTHERS.items():
        lost = sum(np.isfinite(_delay(look, *_losses(asked.seed, BASE, CLEAN, n))) for n in range(clean))
        found = {e: [_delay(look, *_losses(asked.seed, e, WITHIN, n)) for n in range(bad)] for e in delays}
        lines.append((name, f"{lost} of {clean}", *(_share(found[error]) for error in delays)))
        say(f"  {name}: {lost} of {clean}")
    titles = (
        "looked at after every 50 labels",
        "clean streams of 20,000 taken back",
        *(f"10 to {e:.0%} error, within {WITHIN}" for e in delays),
    )
    share = float(np.mean(np.isfinite(delays[0.20])))
    figures = (
        Figure(
            name=f"10 to 20 % error: taken back within {WITHIN} labels",
            value=share,
            unit="share",
            sign=">=",
            bound=0.95,
        ),
        Figure(
            name=f"{clean} clean streams of 20,000 labels: taken back", value=served, unit="streams", sign="<=", bound=1
        ),
    )
    return Found(figures=figures, table=table_of(titles, lines))


def ours(seed: int, error: float, number: int) -> float:
    """Labels until the champion is taken back; infinite when it is not within 500."""
    rows, old = _rows(*_losses(seed, error, WITHIN, number))
    for seen in range(EVERY, WITHIN + 1, EVERY):
        judged = judge_probation(rows[:seen], old[:seen], SPEC, accepted=1.0 - BASE, ended=False)
        if judged.outcome == "rollback":
            return float(seen)
    return inf


def is_lost_in_service(seed: int, number: int) -> bool:
    """Whether a champion as good as the old one is taken back while it is on probation, as long as in service."""
    rows, old = _rows(*(side[: SPEC.probation_rows] for side in _losses(seed, BASE, CLEAN, number)))
    return any(
        judge_probation(rows[:seen], old[:seen], SPEC, accepted=1.0 - BASE, ended=False).outcome == "rollback"
        for seen in range(EVERY, len(rows) + 1, EVERY)
    )


def clean_is_lost(seed: int, number: int) -> bool:
    """Whether a champion as good as the old one is taken back at any look.

    Neither the paired evidence at its height nor an alarm that went off is ever taken back, so that a last look that
    finds neither says that no earlier one did.
    """
    rows, old = _rows(*_losses(seed, BASE, CLEAN, number))
    judged = judge_probation(rows, old, SPEC, accepted=1.0 - BASE, ended=False)
    if judged.outcome == "rollback":
        return True
    if judged.reasons[1].figure is None:
        return False
    looks = range(EVERY, CLEAN, 10 * EVERY)
    return any(
        judge_probation(rows[:seen], old[:seen], SPEC, accepted=1.0 - BASE, ended=False).outcome == "rollback"
        for seen in looks
    )


def _mcnemar(level: float) -> Look:
    def look(new: np.ndarray, old: np.ndarray) -> bool:
        lost, gained = int((new > old).sum()), int((new < old).sum())
        return lost + gained > 0 and float(stats.binom.sf(lost - 1, lost + gained, 0.5)) <= level

    return look


def _two_shares(new: np.ndarray, old: np.ndarray) -> bool:
    pooled = (new.mean() + old.mean()) / 2
    spread = float(np.sqrt(2 * pooled * (1 - pooled) / len(new))) or 1.0
    return float(new.mean() - old.mean()) / spread > 1.645


OTHERS: dict[str, Look] = {
    "McNemar at 1 % each time": _mcnemar(0.01),
    "z-test of two shares at 5 % each time": _two_shares,
    "5 points below": lambda new, old: bool(new.mean() - old.mean() > 0.05),
}


def _delay(look: Look, new: np.ndarray, old: np.ndarray) -> float:
    for seen in range(EVERY, len(new) + 1, EVERY):
        if look(new[:seen], old[:seen]):
            return float(seen)
    return inf


def _losses(seed: int, error: float, rows: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, round(error * 1_000), rows, number])
    return (rng.random(rows) < error).astype(float), (rng.random(rows) < BASE).astype(float)


def _rows(new: np.ndarray, old: np.ndarray) -> tuple[list[Answered], list[str]]:
    """The truth is always `a`; whoever is wrong says `b`."""
    rows = []
    for seq, wrong in enumerate(new.tolist(), start=1):
        time, name = START + timedelta(minutes=seq), f"p{seq}"
        given = Prediction(model="m", id=name, time=time, features={}, value="b" if wrong else "a", version=2)
        rows.append(
            Answered(seq=seq, prediction=given, label=Label(model="m", prediction_id=name, value="a", time=time))
        )
    return rows, ["b" if wrong else "a" for wrong in old.tolist()]


def _share(delays: list[float]) -> str:
    found = [delay for delay in delays if np.isfinite(delay)]
    return (
        f"{len(found) / len(delays):.1%}, median {np.median(delays):.0f}"
        if len(found) > len(delays) / 2
        else f"{len(found) / len(delays):.1%}"
    )
