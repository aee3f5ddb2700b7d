"""A model's made-up life, written through the ports: windows with drift of its features, alerts, decisions, costs.

What is in it is drawn with one seed and means nothing; its amounts are those of production. One network serves for all
versions, so that every model loads.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np

from benchmarks.serving.network import make_bundle
from infra.domain.alerts import Alert
from infra.domain.costs import CostEntry, Stage
from infra.domain.decisions import Candidate, Champion, PromotionDecision, Reason, TrainingRun
from infra.domain.shapes import ColumnShape
from infra.domain.windows import (
    Beside,
    ColumnDrift,
    DriftReport,
    FeedbackReport,
    PerformanceReport,
    QualityFinding,
    SliceScore,
    WeakSlice,
    Window,
)
from infra.ports import Ports, RegisteredModel
from infra.shapes import keep_shapes

START = datetime(2025, 11, 1, tzinfo=UTC)
WINDOW = timedelta(hours=21)
ROWS = 500
RETRAINED_EVERY = 25
UNLABELLED = 2
"""The newest windows, whose labels have not come."""
FALLEN = 5
"""Labelled windows at the end in which a model that ages is as bad as it gets."""
_SPEC = """model: {name}
task: classification
owner: line-desk
data: {{source: history.csv, target: surface, slices: [shift]}}
budget: {{monthly: 50}}
"""


def write_life(
    ports: Ports, name: str, *, windows: int, features: int, rng: np.random.Generator, ages: bool, shaped: int = 0
) -> None:
    """Everything of one model. Versions are made every `RETRAINED_EVERY` windows; every third is rejected.

    One that `ages` gets worse until it is retrained, and ends in trouble with open alerts. Of the newest `shaped`
    windows the distributions of every feature are kept.
    """
    ports.models.save(
        RegisteredModel(name=name, spec_yaml=_SPEC.format(name=name), spec_folder=".", registered_at=START)
    )
    serving, names = 1, [f"sensor_{place:03d}" for place in range(features)]
    offset, phase = rng.normal(0.0, 0.6, features), rng.uniform(0.0, 6.3, features)
    for index in range(windows):
        if index % RETRAINED_EVERY == 0:
            serving = _train(ports, name, index, serving, rng)
        ends = index >= windows - UNLABELLED - FALLEN
        age = (0.95 if ends else index % RETRAINED_EVERY / RETRAINED_EVERY) if ages else 0.0
        moved = np.abs(rng.normal(0.03, 0.02, features))
        if ages:
            moved += np.maximum(0.0, offset * np.sin(index / 45 + phase)) * (0.2 + age**2) * 0.5
        ports.windows.save(_window(name, index, serving, names, moved, age, rng, measured=index < windows - UNLABELLED))
        if index >= windows - shaped:
            keep_shapes(ports.artifacts, name, index, _shapes(names, moved, rng))
        if age > 0.8 and index % 2:
            _alert(ports, name, index, still=ends)


def _window(
    name: str,
    index: int,
    version: int,
    names: list[str],
    moved: np.ndarray,
    age: float,
    rng: np.random.Generator,
    *,
    measured: bool,
) -> Window:
    level = float(0.94 - 0.1 * age**2 + rng.normal(0.0, 0.012))
    columns = tuple(
        ColumnDrift(
            column=column,
            role="feature",
            method="ks",
            score=float(effect),
            threshold=0.01,
            p_value=float(np.exp(-2 * ROWS * effect**2)),
            effect=float(min(effect, 1.0)),
            drifted=bool(effect > 0.12),
            weight=float(rng.gamma(2.0, 0.5)),
        )
        for column, effect in zip(names, moved, strict=True)
    )
    finding = QualityFinding(column=names[0], kind="missing", share=0.04, text="20 of 500 rows have no sensor_000")
    return Window(
        model=name,
        index=index,
        first_seq=index * ROWS + 1,
        last_seq=(index + 1) * ROWS,
        start=START + index * WINDOW,
        end=START + (index + 1) * WINDOW,
        rows=ROWS,
        versions=(version,),
        state="final" if measured else "provisional",
        drift=DriftReport(reference_rows=20_000, current_rows=ROWS, columns=columns, quality=(finding,)),
        performance=_performance("measured", level, 0.02, age) if measured else None,
        estimate=_performance("estimated", level + float(rng.normal(0.0, 0.01)), 0.035, age),
        feedback=_feedback() if measured else None,
        beside=Beside(rows=470, served=level, first=level - 0.06, simple=0.87) if measured else None,
    )


def _shapes(names: list[str], moved: np.ndarray, rng: np.random.Generator) -> list[ColumnShape]:
    edges = np.linspace(-3.0, 3.0, 25)
    before = np.histogram(rng.normal(size=20_000), edges)[0]
    return [
        ColumnShape(
            column=name,
            edges=tuple(edges.tolist()),
            reference=tuple(before.tolist()),
            window=tuple(np.histogram(rng.normal(2.5 * effect, 1.0, ROWS), edges)[0].tolist()),
        )
        for name, effect in zip(names, moved, strict=True)
    ]


def _performance(kind: Literal["measured", "estimated"], level: float, half: float, age: float) -> PerformanceReport:
    measured = kind == "measured"
    slices = tuple(
        SliceScore(
            column="shift",
            value=value,
            rows=ROWS // 3,
            score=level - gap,
            low=level - gap - half,
            high=level - gap + half,
        )
        for value, gap in (("day", -0.01), ("late", 0.0), ("night", 0.05 * age + 0.01))
    )
    weak = WeakSlice(
        where="sensor_001 > 2.4", rows=41, score=level - 0.2, elsewhere=level, p_value=0.004, confirmed=age > 0.5
    )
    return PerformanceReport(
        kind=kind,
        metric="accuracy",
        value=level,
        low=level - half,
        high=min(1.0, level + half),
        rows=ROWS,
        labelled=470 if measured else 0,
        confident_errors=int(6 + 20 * age),
        slices=slices if measured else (),
        others={"f1": level - 0.02, "brier": 0.08 + 0.05 * age, "ece": 0.02 + 0.06 * age, "auc": level},
        weak=(weak,) if measured else (),
    )


def _feedback() -> FeedbackReport:
    return FeedbackReport(
        labelled=470,
        delay_median_seconds=5400.0,
        delay_p90_seconds=30_000.0,
        disagreements=2,
        sources={"api": 440, "audit": 30},
        audited=30,
        suspects=3,
    )


def _train(ports: Ports, name: str, index: int, serving: int, rng: np.random.Generator) -> int:
    """The version that serves afterwards."""
    version, at = index // RETRAINED_EVERY + 1, START + index * WINDOW
    kept = version % 3 != 0
    level = float(0.94 + rng.normal(0.0, 0.004))
    bundle = make_bundle(seed=1)
    run = TrainingRun(
        id=f"{name}-run-{version}",
        model=name,
        at=at,
        trigger_id=f"{name}-trigger-{version}",
        state="succeeded",
        start="scratch" if version == 1 else f"warm:{serving}",
        rows=20_000,
        snapshot=f"{version:064x}",
        seed=version,
        data_start=START,
        data_end=at,
        version=version,
        metrics={"holdout_accuracy": level, "baseline_accuracy": 0.87, "champion_accuracy": level - 0.03},
    )
    ports.runs.save(run)
    ports.costs.add([_cost(name, run, "train", 0.21), _cost(name, run, "label", 0.75)])
    reasons = tuple(
        Reason(rule=rule, passed=kept or rule != "better", figure=level, limit=0.9, text=f"{level:.3f} is {words}.")
        for rule, words in (("better", "better than the champion"), ("baseline", "better than the simple model"))
    )
    decision = PromotionDecision(
        id=f"{name}-decision-{version}",
        model=name,
        at=at,
        kind="promote" if kept else "reject",
        version=version,
        previous_version=serving if version > 1 else None,
        reasons=reasons,
        run_id=run.id,
    )
    candidate = Candidate(model=name, version=version, sha256=bundle.sha256, run_id=run.id, created_at=at)
    ports.versions.add(candidate, *bundle.pack())
    if not kept:
        ports.decisions.add(decision)
        return serving
    champion = Champion(
        model=name,
        version=version,
        sha256=bundle.sha256,
        since=at,
        since_seq=index * ROWS,
        accepted=level,
        decision_id=decision.id,
    )
    ports.versions.crown(champion, decision)
    return version


def _cost(name: str, run: TrainingRun, stage: Stage, amount: float) -> CostEntry:
    return CostEntry(
        id=f"{run.id}-{stage}",
        model=name,
        run_id=run.id,
        stage=stage,
        at=run.at,
        quantity=10.0,
        unit="cpu_second",
        rate=amount / 10.0,
        amount=amount,
        currency="EUR",
        cost_center="line",
        wall_seconds=6.0,
        measured="process time",
    )


def _alert(ports: Ports, name: str, index: int, *, still: bool) -> None:
    at = START + (index + 1) * WINDOW
    ports.alerts.save(
        Alert(
            id=f"{name}-alert-{index}",
            model=name,
            rule="accuracy_degraded",
            severity="critical" if still or index % 4 == 1 else "warning",
            state="open" if still else "resolved",
            dedup_key=f"{name}/{index}",
            opened_at=at,
            updated_at=at,
            message=f"Accuracy of window {index} is below the accepted level by more than 0.03.",
            evidence={"window": index, "accuracy": 0.86, "accepted": 0.94},
            resolved_at=None if still else at + 4 * WINDOW,
        )
    )
