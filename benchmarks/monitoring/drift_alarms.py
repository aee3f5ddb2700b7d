"""How often does drift alarm where nothing moved, and how soon where something did? Counted over seeded windows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure
from infra.domain.windows import DriftReport, Window
from infra.spec import ModelSpec
from monitoring.drift import drift_report
from monitoring.profiles import ReferenceProfile, profile_reference
from monitoring.quality import quality_findings
from monitoring.rules import INPUT_DRIFT, judge_inputs
from monitoring.tallies import tally_of

COLUMNS, WINDOW_ROWS, REFERENCE_ROWS = 50, 500, 20_000
SPEC = ModelSpec.model_validate({"model": "m", "task": "classification", "data": {"source": "d.csv", "target": "y"}})
_NOW = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarms:
    """Of `windows`: those with a drifted column, with an alert about the inputs, and with a finding of quality."""

    windows: int
    drifted: int
    alerts: int
    findings: int


def run(asked: Asked) -> Found:
    """Stationary windows, a shift of half a deviation, and one of a hundredth in very many rows."""
    rng = np.random.default_rng(asked.seed)
    clean = stationary(100 if asked.quick else 1_000, rng)
    say(f"  {clean.drifted} of {clean.windows} stationary windows drifted, {clean.alerts} raised an alert")
    trials = 20 if asked.quick else 200
    first = sum(shifted(0.5, WINDOW_ROWS, rng) for _ in range(trials))
    say(f"  {first} of {trials} shifts of 0.5 deviations alarmed in the first window")
    rows, tiny = (200_000, 2) if asked.quick else (1_000_000, 5)
    small = sum(shifted(0.01, rows, rng, columns=10) for _ in range(tiny))
    figures = (
        _figure("stationary windows with a drifted column", clean.drifted / clean.windows, "<=", 0.05),
        _figure("stationary windows with an alert about the inputs", clean.alerts / clean.windows, "<=", 0.05),
        _figure("clean windows with a finding of quality", clean.findings / clean.windows, "<=", 0.01),
        _figure("shifts of 0.5 sd in one of 50 columns that alarm in the first window", first / trials, ">=", 0.99),
        _figure(f"shifts of 0.01 sd in {rows:,} rows that alarm", small / tiny, "<=", 0.0),
    )
    table = table_of(
        ("traffic", "windows", "drifted", "alerts", "quality findings"),
        [
            (
                f"{COLUMNS} stationary columns, {WINDOW_ROWS} rows",
                *map(str, (clean.windows, clean.drifted, clean.alerts, clean.findings)),
            ),
            (f"0.5 sd in one of {COLUMNS} columns, {WINDOW_ROWS} rows", str(trials), "", str(first), ""),
            (f"0.01 sd in one of 10 columns, {rows:,} rows", str(tiny), "", str(small), ""),
        ],
    )
    return Found(figures=figures, table=table)


def stationary(windows: int, rng: np.random.Generator) -> Alarms:
    """Windows that are drawn as their reference was; a new reference for every hundred."""
    drifted = alerts = findings = 0
    for number in range(windows):
        if number % 100 == 0:
            reference = reference_of(rows_of(REFERENCE_ROWS, rng))
        current = rows_of(WINDOW_ROWS, rng)
        report = report_of(reference, current)
        drifted += any(column.drifted for column in report.columns)
        alerts += alerts_about_inputs(report)
        findings += bool(report.quality)
    return Alarms(windows=windows, drifted=drifted, alerts=alerts, findings=findings)


def shifted(deviations: float, rows: int, rng: np.random.Generator, columns: int = COLUMNS) -> bool:
    """Whether a window of `rows`, with one of the columns moved, raises an alert about the inputs."""
    reference = reference_of(rows_of(max(REFERENCE_ROWS, rows), rng, columns))
    current = rows_of(rows, rng, columns)
    current["n0"] += deviations
    return alerts_about_inputs(report_of(reference, current))


def rows_of(rows: int, rng: np.random.Generator, columns: int = COLUMNS) -> pd.DataFrame:
    """Normal, heavy-tailed and counted numbers with some missing, and a tenth of the columns categories."""
    made: dict[str, np.ndarray] = {}
    for place in range(columns):
        if place % 10 == 9:
            made[f"n{place}"] = rng.choice(np.array(["a", "b", "c", "d"], dtype=object), rows, p=[0.5, 0.3, 0.15, 0.05])
        elif place % 3 == 0:
            made[f"n{place}"] = rng.normal(size=rows)
        elif place % 3 == 1:
            made[f"n{place}"] = rng.standard_t(3, size=rows)
        else:
            made[f"n{place}"] = np.where(rng.random(rows) < 0.02, np.nan, rng.poisson(3.0, rows))
    return pd.DataFrame(made)


def reference_of(frame: pd.DataFrame) -> ReferenceProfile:
    """Summed up once."""
    kinds = {str(name): "categorical" if frame[name].dtype == object else "numeric" for name in frame}
    return profile_reference(frame, kinds)


def report_of(reference: ReferenceProfile, current: pd.DataFrame) -> DriftReport:
    """As a window of the defaults is judged."""
    rules, tally = SPEC.monitoring, tally_of(reference, [current])
    quality = quality_findings(reference, tally, alpha=rules.alpha, minimum_rows=rules.minimum_rows)
    return drift_report(reference, tally, alpha=rules.alpha, minimum_effect=rules.drift_effect, quality=quality)


def alerts_about_inputs(report: DriftReport) -> bool:
    """Whether the rules of the defaults are broken by it."""
    window = Window(
        model="m",
        index=0,
        first_seq=1,
        last_seq=report.current_rows,
        start=_NOW,
        end=_NOW,
        rows=report.current_rows,
        versions=(1,),
        state="provisional",
        drift=report,
    )
    return any(breach.rule == INPUT_DRIFT for breach in judge_inputs(window, SPEC).breaches)


def _figure(name: str, value: float, sign: str, bound: float) -> Figure:
    return Figure(name=name, value=value, unit="share", sign=">=" if sign == ">=" else "<=", bound=bound)
