"""The whole loop with everything real: SQLite, MLflow, a Prefect server, the API as its own process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from infra.database import open_engine
from infra.domain.costs import amount_of
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports, forget_ports
from tests.builders import minute, stream

pytestmark = pytest.mark.slow

NAME, ROWS, FIRST, CHANGE = "stream", 2_000, 400, 500
MODEL = f"""\
model: {NAME}
task: classification
data: {{source: stream.csv, target: truth, time: at, features: {{x: numeric, y: numeric, site: categorical}}}}
learner: {{hidden: [16], epochs: 12, patience: 4, batch_size: 64, learning_rate: 0.02}}
labels: {{expected_delay: 50 rows, cost_each: 0.001}}
monitoring: {{window: 100 rows, reports: alerts}}
retraining: {{policy: cost_aware, min_labels: 100, replay: 0.2}}
costs: {{cpu_hour: 0.36, currency: EUR}}
"""


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A replay that is over: what it said, and what it left behind."""

    record: dict[str, Any]
    ports: Ports
    truths: tuple[str | float, ...]

    def flow_runs(self, flow: str) -> list[dict[str, Any]]:
        return [run for run in self.record["flow_runs"] if run["name"].startswith(flow)]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("loop")
    made = stream(ROWS, change=CHANGE)
    frame = made.frame.assign(at=[minute(row).isoformat() for row in range(ROWS)], truth=list(made.truth))
    frame.to_csv(folder / "stream.csv", index=False)
    (folder / "model.yaml").write_text(MODEL)
    command = ["-m", "tests.integration.loop_of_a_history", "model.yaml", "stream.csv", "home"]
    paths = [str(folder / part) for part in command[2:]]
    done = subprocess.run(
        [sys.executable, *command[:2], *paths], capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stderr[-4000:]
    settings = Settings(home=folder / "home")
    yield Lived(record=json.loads(done.stdout.splitlines()[-1]), ports=build_ports(settings), truths=made.truth)
    forget_ports()


def test_accuracy_recovers_above_the_frozen_champion(lived: Lived) -> None:
    record = lived.record
    assert record["rows"] == ROWS - FIRST
    assert record["promoted"] >= 1
    assert record["accuracy"] > record["frozen_accuracy"] + 0.1
    windows = record["accuracy_by_window"]
    assert min(windows[1:4]) < 0.6 < 0.8 < windows[-1]


def test_every_row_was_answered_once_and_stored_as_it_was_answered(lived: Lived) -> None:
    stored = lived.ports.predictions.between(NAME, 1, 10**9)
    assert [row.prediction.id for row in stored] == [str(place) for place in range(FIRST, ROWS)]
    assert [row.prediction.value for row in stored] == lived.record["given"]
    right = [given == true for given, true in zip(lived.record["given"], lived.truths[FIRST:], strict=True)]
    assert lived.record["accuracy"] == pytest.approx(np.mean(right))


def test_no_label_was_used_before_it_was_sent(lived: Lived) -> None:
    for run in lived.ports.runs.page(NAME, 100):
        table = lived.ports.snapshots.load(run.snapshot)
        learnt = table[~table["@id"].str.startswith("history-")]
        known = [lived.ports.predictions.get(NAME, name).label for name in learnt["@id"]]
        assert all(label is not None and label.time <= run.at for label in known)
    for row in lived.ports.predictions.between(NAME, 1, 10**9):
        assert row.label is None or row.label.time > row.prediction.time


def test_the_alert_comes_before_the_trigger_and_the_trigger_before_the_decision(lived: Lived) -> None:
    alert = next(alert for alert in lived.record["alerts"] if alert["rule"] == "accuracy_degraded")
    triggers = sorted(lived.ports.triggers.page(NAME, 100), key=lambda one: one.at)
    asked = next(one for one in triggers if one.source == "policy")
    assert minute(CHANGE).isoformat() < alert["time"] <= asked.at.isoformat()
    decisions = sorted(lived.ports.decisions.page(NAME, 100), key=lambda one: one.at)
    promoted = next(one for one in decisions if one.kind == "promote" and one.previous_version is not None)
    assert promoted.at >= asked.at


def test_prefect_lists_the_flow_runs_as_completed_with_their_pages(lived: Lived) -> None:
    retrained = lived.flow_runs("retrain")
    assert len(retrained) == lived.record["retrains"]
    assert len(lived.flow_runs("train ")) == 1
    assert {run["state_type"] for run in lived.record["flow_runs"]} == {"COMPLETED"}
    pages = [one for one in lived.record["artifacts"] if one["key"] == f"decision-{NAME}"]
    assert {page["flow_run_id"] for page in pages} == {run["id"] for run in (*retrained, *lived.flow_runs("train "))}
    assert all("CPU seconds" in page["data"] for page in pages)


def test_every_stage_has_a_cost_and_they_sum_to_the_total(lived: Lived) -> None:
    runs = lived.ports.runs.page(NAME, 100)
    entries = [entry for run in runs for entry in lived.ports.costs.of_run(run.id)]
    for run in runs:
        stages = {entry.stage for entry in entries if entry.run_id == run.id}
        assert {"prepare", "train", "baseline", "evaluate", "register", "label"} <= stages
    assert lived.record["cost"] == {
        # the service charges its last seconds as it ends, after the replay has told what it cost
        "total": pytest.approx(amount_of(lived.ports.costs.page(NAME, 10_000)), rel=0.01),
        "trainings": pytest.approx(amount_of(entries)),
        "currency": "EUR",
    }
    paid = sum(entry.quantity for entry in entries if entry.unit == "label")
    assert paid <= ROWS


def test_mlflow_holds_the_runs_and_a_champion_that_loads_and_answers(lived: Lived) -> None:
    from mlflow import MlflowClient

    champion = lived.ports.versions.champion(NAME)
    assert champion is not None
    assert lived.ports.registry.champion(NAME) == (champion.version, champion.sha256)
    uri = f"sqlite:///{lived.ports.artifacts.parent / 'mlflow.db'}"
    client = MlflowClient(uri, uri)
    for run in lived.ports.runs.page(NAME, 100):
        assert run.mlflow_run_id is not None
        told = client.get_run(run.mlflow_run_id)
        assert told.info.status == "FINISHED"
        # telling MLflow costs a little itself, which it cannot be told
        assert told.data.metrics["cost"] == pytest.approx((run.metrics or {})["cost"], rel=0.01)
        assert "validation_loss" in told.data.metrics
    rows = lived.ports.predictions.between(NAME, champion.since_seq + 1, 10**9)
    rows = [row for row in rows if row.prediction.version == champion.version][:20]
    assert rows
    asked = [dict(row.prediction.features) for row in rows]
    assert _answered_by_mlflow(uri, asked) == [row.prediction.value for row in rows]


def _answered_by_mlflow(uri: str, rows: list[dict[str, Any]]) -> list[object]:
    """What the model behind the alias answers in a process that knows nothing of us but the address."""
    program = f"""
import json, sys, mlflow, pandas
mlflow.set_tracking_uri({uri!r})
model = mlflow.pyfunc.load_model("models:/{NAME}@champion")
print(json.dumps(list(model.predict(pandas.DataFrame(json.load(sys.stdin))))))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(rows), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers: list[object] = json.loads(done.stdout.splitlines()[-1])
    return answers


def test_nothing_is_left_running(lived: Lived) -> None:
    assert lived.record["wall_seconds"] > 0
    engine = open_engine(f"sqlite:///{lived.ports.artifacts.parent / 'keepsharp.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    engine.dispose()
