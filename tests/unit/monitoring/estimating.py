"""Streams whose answers are honest, shift in their inputs, or change what is true, with their estimates and audits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from infra.domain.predictions import Answered
from infra.domain.windows import PerformanceReport, Window
from monitoring.estimate_audit import EstimateAudit, audit_estimates, reconcile
from monitoring.estimation import estimate
from monitoring.performance import performance
from tests.unit.monitoring.building import answered, spec, window

Make = Callable[[np.random.Generator, int, float, bool, int], list[Answered]]
ROWS = 300


def classes(rng: np.random.Generator, n: int, shift: float, turned: bool, seq: int) -> list[Answered]:
    """A logistic world and a model that is somewhat too sure; `turned`: three truths in ten are swapped."""
    x = rng.normal(shift, 1.0, n)
    odds = 1.7 * x + 0.3
    truth = (rng.random(n) < 1.0 / (1.0 + np.exp(-odds))) ^ (turned & (rng.random(n) < 0.3))
    said = 1.0 / (1.0 + np.exp(-1.3 * odds))
    return [
        answered(
            seq + place,
            "up" if said[place] > 0.5 else "down",
            "up" if truth[place] else "down",
            features={"x": float(x[place])},
            probabilities={"up": float(said[place]), "down": 1.0 - float(said[place])},
        )
        for place in range(n)
    ]


def numbers(rng: np.random.Generator, n: int, shift: float, turned: bool, seq: int) -> list[Answered]:
    """Errors that grow with the distance of x from 0; `turned`: four times as large."""
    x = rng.normal(shift, 1.0, n)
    error = rng.normal(0.0, 0.3 + np.abs(x)) * (4.0 if turned else 1.0)
    return [
        answered(
            seq + place,
            float(2.0 * x[place]),
            float(2.0 * x[place] + error[place]),
            features={"x": float(x[place]), "machine": "ab"[place % 2], "probe": None},
        )
        for place in range(n)
    ]


@dataclass(frozen=True, kw_only=True)
class Past:
    """The windows of a stream, and what was known of the estimator before each."""

    windows: list[Window]
    audits: list[EstimateAudit]


def past(make: Make, task: str, seed: int, count: int, *, alpha: float = 0.01, turns_at: int | None = None) -> Past:
    """Estimate `count` windows whose inputs wander, with labels that come one window late."""
    rng, model = np.random.default_rng(seed), spec(task, monitoring={"alpha": alpha})
    rows: list[list[Answered]] = []
    found = Past(windows=[], audits=[])
    level = 0.0
    for index in range(count):
        level = 0.9 * level + float(rng.normal(0.0, 0.4))
        turned = turns_at is not None and index >= turns_at
        rows.append(make(rng, ROWS, level, turned, index * ROWS))
        due = max(0, index - 1)
        audit = audit_estimates(found.windows[:due], alpha=alpha)
        known = [row for earlier in rows[:due][-5:] for row in earlier]
        said = estimate(rows[-1], known, audit, model).report
        measured = performance(rows[-1], model).report
        found.windows.append(replace(window(index, rows=ROWS), estimate=said, performance=measured))
        found.audits.append(audit)
    return found


def estimated(
    value: float, *, half: float = 0.03, metric: str = "accuracy", sampling: float = 0.01
) -> PerformanceReport:
    return PerformanceReport(
        kind="estimated",
        metric="mae" if metric == "mae" else "accuracy",
        value=value,
        low=value - half,
        high=value + half,
        rows=500,
        labelled=0,
        confident_errors=0,
        slices=(),
        others={"sampling_sd": sampling},
    )


def inside(windows: Sequence[Window]) -> list[bool]:
    return [one.inside for held in windows if (one := reconcile(held)) is not None]
