from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.retraining.retrain import retrain
from infra.domain.alerts import Alert
from infra.domain.errors import DataError
from services.replay.known import KnownChange
from services.replay.summary import Replayed, Summary, lines, summarise
from tests.builders import MODEL, Loop, minute, spec, started, stream, trigger

ISSUE_KEYS = {
    "model",
    "rows",
    "accuracy",
    "frozen_accuracy",
    "baseline_accuracy",
    "accuracy_by_window",
    "retrains",
    "promoted",
    "rejected",
    "refused",
    "rolled_back",
    "alerts",
    "train_cpu_seconds",
    "cost",
    "cost_per_decision_improved",
    "wall_seconds",
}


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    return started(tmp_path, stream(900), 300)[0]


def replayed(**changes: Any) -> Replayed:
    given: dict[str, Any] = {
        "truths": ["a"] * 250,
        "answers": ["a"] * 200 + ["b"] * 50,
        "frozen": ["a"] * 150 + ["b"] * 100,
        "baseline": ["b"] * 250,
        "trained_on": 300,
        "wall_seconds": 1.5,
    }
    return Replayed(**(given | changes))


def summary(loop: Loop, **changes: Any) -> Summary:
    return summarise(loop.desk.spec, replayed(**changes), loop.ports)


def test_the_object_has_what_a_machine_is_promised_and_is_json(loop: Loop) -> None:
    record = summary(loop).record
    assert record.keys() >= ISSUE_KEYS
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_every_side_is_scored_on_the_same_rows(loop: Loop) -> None:
    record = summary(loop).record
    assert (record["accuracy"], record["frozen_accuracy"], record["baseline_accuracy"]) == (0.8, 0.6, 0.0)
    assert record["accuracy_by_window"] == [1.0, 1.0, 0.0]
    assert record["decisions_improved"] == 50
    assert record["cost_per_decision_improved"] == pytest.approx(record["cost"]["total"] / 50)


def test_nothing_improved_has_no_price(loop: Loop) -> None:
    record = summary(loop, answers=["b"] * 250).record
    assert record["decisions_improved"] == -150
    assert record["cost_per_decision_improved"] is None


def test_the_first_training_is_no_retrain_and_its_promotion_no_promotion(loop: Loop) -> None:
    record = summary(loop).record
    assert [record[name] for name in ("retrains", "promoted", "rejected", "refused", "failed", "rolled_back")] == [
        0
    ] * 6
    assert record["train_cpu_seconds"] > 0.0


def test_retrains_rejections_refusals_and_failures_are_counted_apart(loop: Loop) -> None:
    loop.label(loop.serve(20))
    with pytest.raises(DataError):
        retrain(loop.desk, trigger("hopeless", at=loop.now), now=loop.now)
    before = summary(loop).record["train_cpu_seconds"]
    loop.label(loop.serve(200))
    retrain(loop.desk, trigger("fine", at=loop.now), now=loop.now)
    loop.ports.triggers.save(replace(trigger("no", at=loop.now), state="refused"))
    record = summary(loop).record
    counts = {name: record[name] for name in ("retrains", "promoted", "rejected", "refused", "failed")}
    assert counts == {"retrains": 1, "promoted": 0, "rejected": 1, "refused": 1, "failed": 1}
    assert record["cost"]["total"] == pytest.approx(loop.ports.costs.total(MODEL))
    assert record["train_cpu_seconds"] > before


def test_seconds_of_every_run_are_in_the_sum_the_failed_ones_too(loop: Loop) -> None:
    loop.label(loop.serve(20))
    with pytest.raises(DataError):
        retrain(loop.desk, trigger(at=loop.now), now=loop.now)
    entries = loop.ports.costs.page(MODEL, 100)
    spent = sum(entry.quantity for entry in entries if entry.unit == "cpu_second")
    assert summary(loop).record["train_cpu_seconds"] == pytest.approx(spent)


def test_alerts_are_told_oldest_first(loop: Loop) -> None:
    for place in (2, 1):
        loop.ports.alerts.save(
            Alert(
                id=f"a{place}",
                model=MODEL,
                rule="accuracy_degraded",
                severity="critical",
                state="open",
                dedup_key=f"key {place}",
                opened_at=minute(place),
                updated_at=minute(place),
                message="worse",
                evidence={},
            )
        )
    alerts = summary(loop).record["alerts"]
    assert [alert["time"] for alert in alerts] == [minute(1).isoformat(), minute(2).isoformat()]
    assert alerts[0]["severity"] == "critical"


def test_known_changes_are_told_with_what_found_them(loop: Loop) -> None:
    times = [minute(place) for place in range(900)]
    drift = Alert(
        id="a",
        model=MODEL,
        rule="input_drift",
        severity="warning",
        state="open",
        dedup_key="k",
        opened_at=minute(400),
        updated_at=minute(700),
        message="moved",
        evidence={"since x": f"{minute(400).isoformat()}, window 1", "since y": f"{minute(700).isoformat()}, window 4"},
    )
    loop.ports.alerts.save(drift)
    record = summary(loop, times=times, known=(KnownChange(row=650, columns=("y",)),)).record
    (change,) = record["known_changes"]
    assert (change["found"]["how"], change["found"]["row"], record["alerts_before"]) == ("told again", 700, 1)
    assert lines(record)[3:7] == [
        "alerts: 1, notices: 0",
        "known changes:",
        "  row 650, y: input_drift told again for y at row 700, 50 rows later",
        "  alerts before the first of them: 1",
    ]
    assert json.loads(json.dumps(record, allow_nan=False)).keys() == record.keys()
    assert "known_changes" not in summary(loop).record


def test_a_regression_has_its_own_figures(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(400, task="regression"), 300, spec("regression"))
    sides = {"truths": [1.0, 2.0], "answers": [1.0, 3.0], "frozen": [2.0, 4.0], "baseline": [0.0, 0.0]}
    record = summary(loop, **sides).record
    assert (record["mae"], record["frozen_mae"], record["baseline_mae"]) == (0.5, 1.5, 1.5)
    assert {"rmse", "r2", "frozen_rmse", "baseline_r2", "mae_by_window"} <= record.keys()
    assert "accuracy" not in record


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_person_reads_the_same_figures(tmp_path: Path, task: str) -> None:
    loop, _ = started(tmp_path, stream(400, task=task), 300, spec(task))
    numbers = {side: [1.0, 2.0] for side in ("truths", "answers", "frozen", "baseline")}
    text = "\n".join(lines(summary(loop, **(numbers if task == "regression" else {})).record))
    shown = "accuracy: 80.0%  (frozen first champion 60.0%, simple model 0.0%)"
    assert (shown if task == "classification" else "mae: 0  (frozen first champion 0, simple model 0)") in text
    assert "retrains: 0  promoted 0, rejected 0" in text
