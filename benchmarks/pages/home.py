"""A home with fifty models and one of them with a long life, written through the ports; all of it drawn with one seed.

What is in it means nothing; its amounts are those of production. One network serves for all, so that every model loads.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.serving.network import make_bundle
from infra.domain.alerts import Alert
from infra.domain.costs import CostEntry
from infra.domain.decisions import Candidate, Champion, PromotionDecision, Reason, TrainingRun
from infra.domain.windows import ColumnDrift, DriftReport, PerformanceReport, SliceScore, Window
from infra.ports import Ports, RegisteredModel

START = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = timedelta(hours=21)
LONG = "long"
"""The model with the long life; the others are numbered."""
MODELS, FEATURES, LONG_FEATURES = 50, 20, 100
_SPEC = """model: {name}
task: classification
owner: line-desk
data: {{source: history.csv, target: surface}}
budget: {{monthly: 50}}
"""
_ROWS, _RETRAINED_EVERY, _UNLABELLED = 500, 25, 2


def make_home(ports: Ports, *, windows: int, long_windows: int, seed: int) -> None:
    """Fifty models; each with `windows` windows of 20 features, and one with `long_windows` of 100."""
    rng = np.random.default_rng(seed)
    for place in range(MODELS - 1):
        write_model(ports, f"model-{place:02d}", windows, FEATURES, fallen=0.08 if place % 12 == 0 else 0.0, rng=rng)
    write_model(ports, LONG, long_windows, LONG_FEATURES, fallen=0.05, rng=rng)


def write_model(
    ports: Ports, name: str, windows: int, features: int, *, fallen: float, rng: np.random.Generator
) -> None:
    """One model and its life; by `fallen` its accuracy is lower in the last windows, about which there are alerts."""
    ports.models.save(
        RegisteredModel(name=name, spec_yaml=_SPEC.format(name=name), spec_folder=".", registered_at=START)
    )
    names = [f"sensor_{place:03d}" for place in range(features)]
    drifting = rng.random(features) < 0.2
    for index in range(windows):
        if index % _RETRAINED_EVERY == 0:
            _retrain(ports, name, index)
        falls = fallen if index >= windows - 5 - _UNLABELLED else 0.0
        moved = np.abs(rng.normal(0.03, 0.02, features)) + 0.2 * drifting * (index % _RETRAINED_EVERY) / 25
        level = float(0.94 - falls + rng.normal(0.0, 0.008))
        ports.windows.save(make_window(name, index, names, moved, level if index < windows - _UNLABELLED else None))
        if index % 20 == 19 or (falls and index == windows - 3):
            ports.alerts.save(_alert(name, index, still=bool(falls)))


def make_window(name: str, index: int, names: list[str], moved: np.ndarray, level: float | None) -> Window:
    """`moved` is how far each column moved; without a level the labels have not come."""
    columns = tuple(
        ColumnDrift(
            column=column,
            role="feature",
            method="ks",
            score=float(effect),
            threshold=0.01,
            p_value=float(np.exp(-2 * _ROWS * effect**2)),
            effect=float(effect),
            drifted=bool(effect > 0.12),
        )
        for column, effect in zip(names, moved, strict=True)
    )
    return Window(
        model=name,
        index=index,
        first_seq=index * _ROWS + 1,
        last_seq=(index + 1) * _ROWS,
        start=START + index * WINDOW,
        end=START + (index + 1) * WINDOW,
        rows=_ROWS,
        versions=(index // _RETRAINED_EVERY + 1,),
        state="provisional" if level is None else "final",
        drift=DriftReport(reference_rows=20_000, current_rows=_ROWS, columns=columns),
        performance=None if level is None else _performance(level, labelled=470),
        estimate=_performance(0.93 if level is None else level, labelled=0),
    )


def _performance(level: float, labelled: int) -> PerformanceReport:
    return PerformanceReport(
        kind="measured" if labelled else "estimated",
        metric="accuracy",
        value=level,
        low=level - 0.02,
        high=min(1.0, level + 0.02),
        rows=_ROWS,
        labelled=labelled,
        confident_errors=9,
        slices=tuple(
            SliceScore(column="shift", value=value, rows=_ROWS // 3, score=level) for value in ("day", "late", "night")
        ),
        others={"f1": level, "brier": 0.08, "ece": 0.02, "auc": level},
    )


def _retrain(ports: Ports, name: str, index: int) -> None:
    version, at = index // _RETRAINED_EVERY + 1, START + index * WINDOW
    bundle = make_bundle(seed=1)
    run = TrainingRun(
        id=f"{name}-run-{version}",
        model=name,
        at=at,
        trigger_id=f"{name}-trigger-{version}",
        state="succeeded",
        start="scratch",
        rows=20_000,
        snapshot=f"{version:064x}",
        seed=version,
        data_start=START,
        data_end=at,
        version=version,
        metrics={"holdout_accuracy": 0.94, "baseline_accuracy": 0.87},
    )
    ports.runs.save(run)
    ports.costs.add([_cost(run, amount) for amount in (0.21, 0.75)])
    kept = Candidate(model=name, version=version, sha256=bundle.sha256, run_id=run.id, created_at=at)
    ports.versions.add(kept, *bundle.pack())
    reason = Reason(rule="better", passed=True, figure=0.94, limit=0.9, text="0.940 is better than the champion.")
    decision = PromotionDecision(
        id=f"{name}-decision-{version}",
        model=name,
        at=at,
        kind="promote",
        version=version,
        previous_version=version - 1 or None,
        reasons=(reason,),
        run_id=run.id,
    )
    crowned = Champion(
        model=name,
        version=version,
        sha256=bundle.sha256,
        since=at,
        since_seq=index * _ROWS,
        accepted=0.94,
        decision_id=decision.id,
    )
    ports.versions.crown(crowned, decision)


def _cost(run: TrainingRun, amount: float) -> CostEntry:
    return CostEntry(
        id=f"{run.id}-{amount}",
        model=run.model,
        run_id=run.id,
        stage="train",
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


def _alert(name: str, index: int, *, still: bool) -> Alert:
    at = START + (index + 1) * WINDOW
    return Alert(
        id=f"{name}-alert-{index}",
        model=name,
        rule="accuracy_degraded",
        severity="critical" if still else "warning",
        state="open" if still else "resolved",
        dedup_key=f"{name}/{index}",
        opened_at=at,
        updated_at=at,
        message=f"Accuracy of window {index} is 0.86 and lies below the accepted 0.94 by more than 0.03.",
        evidence={"window": index, "accuracy": 0.86, "accepted": 0.94},
        resolved_at=None if still else at + WINDOW,
    )
